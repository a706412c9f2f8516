import { pino, type DestinationStream, type Logger } from 'pino'

export type { Logger } from 'pino'

/** What an error may say in a log: its name, code and where it was thrown; its message only where we wrote it. */
function safeError(error: unknown): Record<string, unknown> {
  if (!(error instanceof Error)) return { name: typeof error }
  const code = (error as { code?: unknown }).code
  const frames = error.stack
    ?.split('\n')
    .filter((line) => /^\s+at /.test(line))
    .slice(0, 8)
  return {
    name: error.name,
    ...(typeof code === 'string' ? { code } : {}),
    ...(error.cause === undefined ? {} : { cause: safeError(error.cause) }),
    stack: frames?.map((line) => line.trim()),
  }
}

/** Fields a log line may carry. Whatever else is passed is dropped, so PHI has no way in by mistake. */
const ALLOWED = new Set([
  'route',
  'method',
  'status',
  'ms',
  'requestId',
  'traceId',
  'spanId',
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

/**
 * A JSON logger whose lines hold only allowed fields: messages are written by us, errors without their message
 * (a driver's message may quote a row), and redaction as a second net.
 */
export function createLogger(options: { service: string; level?: string; destination?: DestinationStream }): Logger {
  const settings = {
    level: options.level ?? 'info',
    base: { service: options.service },
    timestamp: pino.stdTimeFunctions.isoTime,
    serializers: { err: safeError },
    // The second net. Exact paths: wildcards cost more than the line itself.
    redact: { paths: ['err.message', 'err.detail', 'err.where', 'err.query', 'err.parameters'], remove: true },
    formatters: {
      level: (label: string) => ({ level: label }),
      log: (fields: Record<string, unknown>) =>
        Object.fromEntries(Object.entries(fields).filter(([name]) => ALLOWED.has(name))),
    },
  }
  return options.destination ? pino(settings, options.destination) : pino(settings)
}
