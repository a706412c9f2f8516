import { collectDefaultMetrics, Counter, Gauge, Registry } from 'prom-client'

/** Where a module registers its metrics. One registry a process, so two services in one test process do not mix. */
export interface Metrics {
  readonly registry: Registry
}

/** A registry with the process's own metrics, labelled by service. Event-loop and heap gauges cost no request time. */
export function createMetrics(service: string, options: { process?: boolean } = {}): Metrics {
  const registry = new Registry()
  registry.setDefaultLabels({ service })
  if (options.process ?? false) collectDefaultMetrics({ register: registry })
  return { registry }
}

/** The gauge of that name in the registry, made on first use: several relays or consumers share one. */
export function gauge<L extends string>(
  { registry }: Metrics,
  name: string,
  help: string,
  labelNames: L[] = [],
): Gauge<L> {
  const known = registry.getSingleMetric(name)
  return known instanceof Gauge ? known : new Gauge({ name, help, labelNames, registers: [registry] })
}

/** The counter of that name in the registry, made on first use: two sealers of one process share it. */
export function counter<L extends string>(
  { registry }: Metrics,
  name: string,
  help: string,
  labelNames: L[] = [],
): Counter<L> {
  const known = registry.getSingleMetric(name)
  return known instanceof Counter ? known : new Counter({ name, help, labelNames, registers: [registry] })
}
