import type { ConfigOf } from '../config/slice.ts'
import type { tracesSlice } from '../config/slices.ts'
import type { Logger } from '../observability/logger.ts'
import type { Metrics } from '../observability/metrics.ts'
import { createTracing, type Tracing } from '../observability/tracing.ts'

/** The repository has one version, and each image is built of one commit of it. */
const VERSION = '0.1.0'

/** The traces of a process, as its configuration says. */
export const openTracing = (
  service: string,
  config: ConfigOf<readonly [typeof tracesSlice]>,
  { log, metrics }: { log: Logger; metrics: Metrics },
): Promise<Tracing> =>
  createTracing({
    service,
    version: VERSION,
    endpoint: config.WELLGATE_TRACES_URL,
    sampleRatio: config.WELLGATE_TRACES_SAMPLE_RATIO,
    log,
    metrics,
  })
