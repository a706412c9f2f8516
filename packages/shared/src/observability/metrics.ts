import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client'
import type { LabelValues, MetricDefinition } from './metric-definition.ts'

/** Where a module registers its metrics. One registry a process, so two services in one test process do not mix. */
export interface Metrics {
  readonly registry: Registry
}

/** A late event loop shows by the lateness of a tick: ten times as many would be a third of what an idle service spends. */
const LOOP_TICK_MS = 50

/** A registry with the process's own metrics, labelled by service. Event-loop and heap gauges cost no request time. */
export function createMetrics(service: string, options: { process?: boolean } = {}): Metrics {
  const registry = new Registry()
  registry.setDefaultLabels({ service })
  if (options.process ?? false)
    collectDefaultMetrics({ register: registry, eventLoopMonitoringPrecision: LOOP_TICK_MS })
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

type Labels = Readonly<Record<string, LabelValues>>
type Defined<T extends MetricDefinition['type'], L extends Labels> = MetricDefinition<L> & { readonly type: T }
const labelsOf = <L extends Labels>({ labels }: MetricDefinition<L>) => Object.keys(labels) as (keyof L & string)[]

/** The counter that is defined so, made on first use. One without labels starts at 0, so that its first step shows. */
export const counterOf = <L extends Labels>(
  metrics: Metrics,
  defined: Defined<'counter', L>,
): Counter<keyof L & string> => counter(metrics, defined.name, defined.help, labelsOf(defined))

/** The gauge that is defined so, made on first use. */
export const gaugeOf = <L extends Labels>(metrics: Metrics, defined: Defined<'gauge', L>): Gauge<keyof L & string> =>
  gauge(metrics, defined.name, defined.help, labelsOf(defined))

/** The histogram that is defined so, made on first use. */
export function histogramOf<L extends Labels>(
  { registry }: Metrics,
  defined: Defined<'histogram', L>,
): Histogram<keyof L & string> {
  const { name, help, buckets = [] } = defined
  const known = registry.getSingleMetric(name)
  if (known instanceof Histogram) return known
  return new Histogram({ name, help, labelNames: labelsOf(defined), buckets: [...buckets], registers: [registry] })
}

/** A gauge that is read when it is scraped. `read` sets it, must not wait, and replaces the one before it. */
export function readGauge<L extends Labels>(
  { registry }: Metrics,
  defined: Defined<'gauge', L>,
  read: (gauge: Gauge<keyof L & string>) => void,
): void {
  registry.removeSingleMetric(defined.name)
  const { name, help } = defined
  const made: Gauge<keyof L & string> = new Gauge({
    name,
    help,
    labelNames: labelsOf(defined),
    registers: [registry],
    collect: () => read(made),
  })
}
