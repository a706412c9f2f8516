import type { ConfigOf } from '../config/slice.ts'
import type { tracesSlice } from '../config/slices.ts'
import type { Logger } from '../observability/logger.ts'
import { gaugeOf, type Metrics } from '../observability/metrics.ts'
import { platformMetrics } from '../observability/platform-metrics.ts'
import { createTracing, type Tracing } from '../observability/tracing.ts'

/** The repository has one version, and each image is built of one commit of it. */
const VERSION = '0.1.0'

/** The traces of a process, as its configuration says; tells its metrics which version it is. */
export function openTracing(
  service: string,
  config: ConfigOf<readonly [typeof tracesSlice]>,
  { log, metrics }: { log: Logger; metrics: Metrics },
): Promise<Tracing> {
  gaugeOf(metrics, platformMetrics.build).set({ version: VERSION }, 1)
  return createTracing({
    service,
    version: VERSION,
    endpoint: config.WELLGATE_TRACES_URL,
    sampleRatio: config.WELLGATE_TRACES_SAMPLE_RATIO,
    log,
    metrics,
  })
}
