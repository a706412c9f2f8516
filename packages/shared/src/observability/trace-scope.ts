import { AsyncLocalStorage } from 'node:async_hooks'
import { DomainError } from '../errors/problem.ts'
import { errorType, type SpanAttributes } from './span-attributes.ts'
import { formatTraceparent, type TraceContext } from './traceparent.ts'

export type SpanKind = 'internal' | 'server' | 'client' | 'producer' | 'consumer'

/** A span that has begun. Its attributes are cut to the allow-list. */
export interface OpenSpan {
  readonly context: TraceContext
  set(attributes: SpanAttributes): void
  /** Ends it, once; `failed` marks it as an error. */
  end(failed?: boolean): void
}

/** Makes spans that are kept. */
export interface Recorder {
  start(name: string, kind: SpanKind, attributes: SpanAttributes, parent: TraceContext | undefined): OpenSpan
}

/** The trace around a piece of work: what its log lines, events and further spans belong to. */
export interface TraceScope {
  readonly context: TraceContext
  /** Undefined where the trace is only passed on: tracing is off, or the trace is not sampled. */
  readonly recorder: Recorder | undefined
}

const scopes = new AsyncLocalStorage<TraceScope>()

/** Runs `work` in the scope, and all that it awaits. */
export const inScope = <T>(scope: TraceScope, work: () => T): T => scopes.run(scope, work)

/** Where we are, if anywhere. */
export const currentTrace = (): TraceContext | undefined => scopes.getStore()?.context

/** What goes into the headers of what this work sends. */
export function currentTraceparent(): string | undefined {
  const scope = scopes.getStore()
  return scope && formatTraceparent(scope.context)
}

const NOTHING = { set: (): void => undefined }

/**
 * Runs `work` in a span of the trace around it; just runs it where there is none that is kept. A failure is told by the
 * error's code only; one that is meant for the caller (a DomainError below 500) does not make the span an error.
 */
export function inSpan<T>(
  name: string,
  options: { readonly kind: SpanKind; readonly attributes?: SpanAttributes },
  work: (span: Pick<OpenSpan, 'set'>) => Promise<T>,
): Promise<T> {
  const scope = scopes.getStore()
  if (!scope?.recorder) return work(NOTHING)
  const span = scope.recorder.start(name, options.kind, options.attributes ?? {}, scope.context)
  return runIn({ context: span.context, recorder: scope.recorder }, span, work)
}

/** Runs `work` in a scope whose span ends with it. */
export async function runIn<T>(
  scope: TraceScope,
  span: OpenSpan,
  work: (span: Pick<OpenSpan, 'set'>) => Promise<T>,
): Promise<T> {
  try {
    const result = await scopes.run(scope, () => work(span))
    span.end()
    return result
  } catch (error) {
    span.set({ 'error.type': errorType(error) })
    span.end(!(error instanceof DomainError && error.status < 500))
    throw error
  }
}
