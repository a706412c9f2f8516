import { pino, type DestinationStream, type Logger, type LoggerOptions } from 'pino'
import { currentTrace } from './trace-scope.ts'

export type { Logger } from 'pino'

/** Causes of causes that are looked at: an error may be its own cause. */
const MAX_CAUSES = 4

/** What an error may say in a log: its name, code and where it was thrown. Never its message, which may quote a row. */
function safeError(error: unknown, depth = 0): Record<string, unknown> {
  if (!(error instanceof Error)) return { name: typeof error }
  const code = (error as { code?: unknown }).code
  const causes = error.cause === undefined || depth === MAX_CAUSES ? {} : { cause: safeError(error.cause, depth + 1) }
  return { name: error.name, ...(typeof code === 'string' ? { code } : {}), ...causes, stack: framesOf(error) }
}

/** A line of V8's that ends in a position in a file; a line of a message that merely begins with `at` does not count. */
const FRAME = /^\s+at (?:.+ \()?(?:<anonymous>|native|(?:file:|node:|\/|[A-Za-z]:\\)[^()]*:\d+:\d+)\)?$/

/** The frames of a stack. It begins with the message, which goes first: its lines might look like frames. */
function framesOf({ stack = '', message }: Error): string[] {
  const at = message === '' ? -1 : stack.indexOf(message)
  const rest = at < 0 ? stack : stack.slice(at + message.length)
  const frames = rest.split('\n').filter((line) => FRAME.test(line))
  return frames.slice(0, 8).map((line) => line.trim())
}

/** Fields a log line may carry. Whatever else is passed is dropped, so PHI has no way in by mistake. */
const ALLOWED = new Set([
  'route',
  'method',
  'status',
  'ms',
  'requestId',
  'trace_id',
  'span_id',
  'phase',
  'port',
  'role',
  'roles',
  'count',
  'attempt',
  'eventType',
  'eventId',
  'topic',
  'group',
  'partition',
  'lane',
  'code',
  'signal',
  'version',
  'transport',
  'err',
  'host',
  'service',
  'migration',
  'importId',
  'state',
  'waitMs',
  'bytes',
  'pid',
  'fields',
])

const CREDENTIALS = new Set(['authorization', 'cookie', 'password', 'token'])
/** Deeper, a value is not looked into and not written. */
const MAX_DEPTH = 4

/** The second net: what hangs below an allowed field, without credentials. */
function withoutCredentials(value: unknown, depth = 0): unknown {
  if (typeof value !== 'object' || value === null) return value
  if (value instanceof Error) return safeError(value)
  if (depth === MAX_DEPTH) return undefined
  if ('toJSON' in value && typeof value.toJSON === 'function') return withoutCredentials(value.toJSON(), depth + 1)
  if (Array.isArray(value)) return value.map((item) => withoutCredentials(item, depth + 1))
  const kept = Object.entries(value).filter(([name]) => !CREDENTIALS.has(name))
  return Object.fromEntries(kept.map(([name, below]) => [name, withoutCredentials(below, depth + 1)]))
}

/** What of the fields may be written. The usual scalars cost next to nothing: every request has a line. */
function onlyAllowed(fields: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const kept: Record<string, unknown> = {}
  for (const name of Object.keys(fields)) {
    if (ALLOWED.has(name)) kept[name] = name === 'err' ? fields[name] : withoutCredentials(fields[name])
  }
  return kept
}

/** A line's fields, and which trace it belongs to, by the names that OpenTelemetry gives them in logs. */
function fieldsOf(fields: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const kept = onlyAllowed(fields)
  const trace = currentTrace()
  if (trace) {
    kept['trace_id'] ??= trace.traceId
    kept['span_id'] ??= trace.spanId
  }
  return kept
}

/** pino would take the message of a line that has none from its error; the error's name says enough. */
function ownMessage(parts: unknown[]): unknown[] {
  if (parts[1] !== undefined) return parts
  const [first, , ...rest] = parts
  const error = first instanceof Error ? first : (first as { err?: unknown } | null | undefined)?.err
  return error instanceof Error ? [first, error.name, ...rest] : parts
}

/**
 * A JSON logger whose lines hold only allowed fields: messages are written by us, errors come without their message
 * (a driver's message may quote a row), and credentials are left out as a second net (pino's own takes as long as the
 * rest of a line). So do its children. Without a `destination` a line is written before the call returns.
 */
export function createLogger(options: { service: string; level?: string; destination?: DestinationStream }): Logger {
  const settings: LoggerOptions = {
    level: options.level ?? 'info',
    base: { service: options.service },
    timestamp: pino.stdTimeFunctions.isoTime,
    serializers: { err: (error: unknown) => safeError(error) },
    formatters: { level: (label) => ({ level: label }), log: fieldsOf },
    hooks: {
      logMethod(parts, method) {
        method.apply(this, ownMessage(parts) as typeof parts)
      },
    },
  }
  const log = pino(settings, options.destination ?? pino.destination({ dest: 1, sync: true }))
  // pino's formatters do not see what a child is bound to.
  const child = log.child
  log.child = function (this: Logger, fields, ...rest) {
    return child.call(this, onlyAllowed(fields), ...rest)
  } as typeof log.child
  return log
}
