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

const onlyAllowed = (fields: Record<string, unknown>): Record<string, unknown> =>
  Object.fromEntries(Object.entries(fields).filter(([name]) => ALLOWED.has(name)))

/** Which trace a line belongs to, by the names that OpenTelemetry gives them in logs. */
function traceIds(): object {
  const trace = currentTrace()
  return trace ? { trace_id: trace.traceId, span_id: trace.spanId } : {}
}

/** pino would take the message of a line that has none from its error; the error's name says enough. */
function ownMessage(parts: readonly unknown[]): unknown[] {
  const [first, message, ...rest] = parts
  const error = first instanceof Error ? first : (first as { err?: unknown } | null | undefined)?.err
  if (message !== undefined || !(error instanceof Error)) return [...parts]
  return [first, error.name, ...rest]
}

/**
 * A JSON logger whose lines hold only allowed fields: messages are written by us, errors without their message
 * (a driver's message may quote a row), and redaction as a second net. So do its children.
 */
export function createLogger(options: { service: string; level?: string; destination?: DestinationStream }): Logger {
  const settings: LoggerOptions = {
    level: options.level ?? 'info',
    base: { service: options.service },
    timestamp: pino.stdTimeFunctions.isoTime,
    serializers: { err: (error: unknown) => safeError(error) },
    mixin: traceIds,
    redact: { paths: ['*.authorization', '*.cookie', '*.password', '*.token'], remove: true },
    formatters: { level: (label) => ({ level: label }), log: onlyAllowed },
    hooks: {
      logMethod(parts, method) {
        method.apply(this, ownMessage(parts) as typeof parts)
      },
    },
  }
  // Written before the call returns: lines keep their order, and the last ones of a process are not lost.
  const log = pino(settings, options.destination ?? pino.destination({ dest: 1, sync: true }))
  // pino's formatters do not see what a child is bound to.
  const child = log.child
  log.child = function (this: Logger, fields, ...rest) {
    return child.call(this, onlyAllowed(fields), ...rest)
  } as typeof log.child
  return log
}
