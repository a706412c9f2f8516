import { collectDefaultMetrics, Registry } from 'prom-client'

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
