import { Counter, type Registry } from 'prom-client'

/** Where this module counts; observability/metrics.ts makes one. */
export interface CryptoMetrics {
  readonly registry: Registry
}

/** The registry's counter of that name, made on first use, so that two sealers of one process share it. */
export function counter({ registry }: CryptoMetrics, name: string, help: string): Counter {
  const known = registry.getSingleMetric(name)
  return known instanceof Counter ? known : new Counter({ name, help, registers: [registry] })
}
