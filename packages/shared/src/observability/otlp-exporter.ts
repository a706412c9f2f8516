import { ROOT_CONTEXT, type SpanContext, SpanKind as Kind, SpanStatusCode, trace, TraceFlags } from '@opentelemetry/api'
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http'
import { resourceFromAttributes } from '@opentelemetry/resources'
import { AlwaysOnSampler, BatchSpanProcessor, type SpanExporter, TracerProvider } from '@opentelemetry/sdk-trace'
import { ATTR_SERVICE_NAME, ATTR_SERVICE_VERSION } from '@opentelemetry/semantic-conventions'
import type { Logger } from './logger.ts'
import { counterOf, type Metrics } from './metrics.ts'
import { platformMetrics } from './platform-metrics.ts'
import { onlyAllowed } from './span-attributes.ts'
import type { Recorder, SpanKind } from './trace-scope.ts'
import type { TraceContext } from './traceparent.ts'

const KINDS: Readonly<Record<SpanKind, Kind>> = {
  internal: Kind.INTERNAL,
  server: Kind.SERVER,
  client: Kind.CLIENT,
  producer: Kind.PRODUCER,
  consumer: Kind.CONSUMER,
}

/** Spans wait here for the next batch; more than that are dropped rather than held. */
const MAX_WAITING = 4_096
const BATCH = 512
const EVERY_MS = 2_000
/** A collector that takes longer loses the batch. */
const SEND_MS = 5_000
const SHUTDOWN_MS = 2_000
const WARN_EVERY_MS = 60_000

/** Sends spans in batches beside the work: a collector that is slow, wrong or away costs spans, never a request. */
export function startExporter(options: {
  service: string
  version: string
  endpoint: string
  log: Logger
  metrics: Metrics
}): { recorder: Recorder; shutdown: () => Promise<void> } {
  const provider = new TracerProvider({
    // Whether a trace is kept was decided before: see tracing.ts.
    sampler: new AlwaysOnSampler(),
    resource: resourceFromAttributes({
      [ATTR_SERVICE_NAME]: `wellgate-${options.service}`,
      [ATTR_SERVICE_VERSION]: options.version,
    }),
    spanLimits: { attributeCountLimit: 16, attributeValueLengthLimit: 160, eventCountLimit: 0, linkCountLimit: 4 },
    spanProcessors: [
      new BatchSpanProcessor({
        exporter: counted(
          new OTLPTraceExporter({ url: options.endpoint, timeoutMillis: SEND_MS, concurrencyLimit: 10 }),
          options,
        ),
        maxQueueSize: MAX_WAITING,
        maxExportBatchSize: BATCH,
        scheduledDelayMillis: EVERY_MS,
        exportTimeoutMillis: SEND_MS + 1_000,
      }),
    ],
  })
  const tracer = provider.getTracer('wellgate')
  return {
    recorder: {
      start: (name, kind, attributes, parent) => {
        const around = parent ? trace.setSpanContext(ROOT_CONTEXT, toOtel(parent)) : ROOT_CONTEXT
        const span = tracer.startSpan(name, { kind: KINDS[kind], attributes: onlyAllowed(attributes) }, around)
        const { traceId, spanId } = span.spanContext()
        let ended = false
        return {
          context: { traceId, spanId, sampled: true },
          set: (more) => void span.setAttributes(onlyAllowed(more)),
          end: (failed = false) => {
            if (ended) return
            ended = true
            if (failed) span.setStatus({ code: SpanStatusCode.ERROR })
            span.end()
          },
        }
      },
    },
    shutdown: async () => {
      let timer: NodeJS.Timeout | undefined
      const late = new Promise<void>((resolve) => (timer = setTimeout(resolve, SHUTDOWN_MS)))
      await Promise.race([provider.shutdown().catch(() => undefined), late])
      clearTimeout(timer)
    },
  }
}

/** Counts what was sent and what was lost, and says so in the log once a minute at most. */
function counted(exporter: SpanExporter, { log, metrics }: { log: Logger; metrics: Metrics }): SpanExporter {
  const spans = counterOf(metrics, platformMetrics.spans)
  let warnedAt = Number.NEGATIVE_INFINITY
  return {
    export: (batch, done) =>
      exporter.export(batch, (result) => {
        const code: number = result.code
        const failed = code !== 0
        spans.inc({ result: failed ? 'failed' : 'sent' }, batch.length)
        if (failed && performance.now() - warnedAt > WARN_EVERY_MS) {
          warnedAt = performance.now()
          log.warn({ err: result.error, count: batch.length }, 'spans were not taken by the collector')
        }
        done(result)
      }),
    forceFlush: () => exporter.forceFlush?.() ?? Promise.resolve(),
    shutdown: () => exporter.shutdown(),
  }
}

const toOtel = ({ traceId, spanId, sampled }: TraceContext): SpanContext => ({
  traceId,
  spanId,
  traceFlags: sampled ? TraceFlags.SAMPLED : TraceFlags.NONE,
  isRemote: true,
})
