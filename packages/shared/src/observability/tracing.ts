import type { SpanAttributes } from './span-attributes.ts'
import { type OpenSpan, type Recorder, runIn, type SpanKind, type TraceScope } from './trace-scope.ts'
import { parseTraceparent, unsampledTrace } from './traceparent.ts'
import type { Logger } from './logger.ts'
import type { Metrics } from './metrics.ts'

/** How a piece of work that comes from outside begins. */
export interface Arrival {
  readonly kind: SpanKind
  readonly attributes?: SpanAttributes
  /** The `traceparent` that came with it. */
  readonly traceparent: unknown
  /** Whether the sender's choice of what is kept counts; anyone else could make us keep everything. */
  readonly trusted: boolean
  /** Whether it begins a trace where none came with it. */
  readonly root: boolean
}

/** A scope, with the span that was opened for it where the trace is kept. */
export interface Opened {
  readonly scope: TraceScope
  readonly span: OpenSpan | undefined
}

/** The traces of one process. */
export interface Tracing {
  /** Whoever opens ends the span. Undefined where there is nothing to carry on. */
  open(name: string, arrival: Arrival): Opened | undefined
  /** The same for work with an end: runs it, and ends the span with it. */
  run<T>(name: string, arrival: Arrival, work: (span: Pick<OpenSpan, 'set'>) => Promise<T>): Promise<T>
  /** Sends what waits, for 2 s at most; never rejects. */
  shutdown(): Promise<void>
}

export interface TracingOptions {
  readonly service: string
  readonly version: string
  /** Where spans go by OTLP over HTTP; without it none are made, and traces are only passed on. */
  readonly endpoint: string | undefined
  /** The share of traces that begin here and are kept, 0 to 1. */
  readonly sampleRatio: number
  readonly log: Logger
  readonly metrics: Metrics
}

/** Opens what a process traces with. The exporter's code is loaded only where there is an endpoint. */
export async function createTracing(options: TracingOptions): Promise<Tracing> {
  if (options.endpoint === undefined) return passOn
  const { startExporter } = await import('./otlp-exporter.ts')
  const exporter = startExporter({ ...options, endpoint: options.endpoint })
  return tracingBy(exporter.recorder, options.sampleRatio, exporter.shutdown)
}

/** Passes traces on and keeps none. */
export const passOn: Tracing = tracingBy(undefined, 0)

/** Tracing by a recorder; without one it only passes on. Whether a trace is kept is decided once, where it begins. */
export function tracingBy(
  recorder: Recorder | undefined,
  sampleRatio: number,
  shutdown: () => Promise<void> = () => Promise.resolve(),
): Tracing {
  const open = (name: string, arrival: Arrival): Opened | undefined => {
    const parent = parseTraceparent(arrival.traceparent)
    if (!recorder) return parent && { scope: { context: parent, recorder: undefined }, span: undefined }
    if (!parent && !arrival.root) return undefined
    const kept = parent && arrival.trusted ? parent.sampled : Math.random() < sampleRatio
    if (!kept) {
      const context = { ...(parent ?? unsampledTrace()), sampled: false }
      return { scope: { context, recorder: undefined }, span: undefined }
    }
    const span = recorder.start(name, arrival.kind, arrival.attributes ?? {}, parent)
    return { scope: { context: span.context, recorder }, span }
  }
  return {
    open,
    run: async (name, arrival, work) => {
      const opened = open(name, arrival)
      if (!opened) return work(NO_SPAN)
      return runIn(opened.scope, opened.span ?? { ...NO_SPAN, context: opened.scope.context }, work)
    },
    shutdown,
  }
}

const NO_SPAN = { set: (): void => undefined, end: (): void => undefined }
