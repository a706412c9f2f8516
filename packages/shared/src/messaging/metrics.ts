import { Counter, Gauge } from 'prom-client'
import type { Metrics } from '../observability/metrics.ts'

/** The gauge of that name in the registry, made on first use: several relays or consumers share one. */
export function gauge<L extends string>({ registry }: Metrics, name: string, help: string, labelNames: L[]): Gauge<L> {
  const known = registry.getSingleMetric(name)
  return known instanceof Gauge ? known : new Gauge({ name, help, labelNames, registers: [registry] })
}

/** The counter of that name in the registry, made on first use. */
export function counter<L extends string>(
  { registry }: Metrics,
  name: string,
  help: string,
  labelNames: L[],
): Counter<L> {
  const known = registry.getSingleMetric(name)
  return known instanceof Counter ? known : new Counter({ name, help, labelNames, registers: [registry] })
}
