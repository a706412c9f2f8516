/**
 * What a span may say: codes, ids of ours and names from the code. An allow-list: what is not named here never leaves,
 * so no path, header, statement text, parameter or message of an error has a way into a trace.
 * Names by OpenTelemetry's semantic conventions; ours begin with `wellgate.`.
 */
const ALLOWED = [
  'http.request.method',
  'http.route',
  'http.response.status_code',
  'error.type',
  'db.system.name',
  'db.query.summary',
  'messaging.system',
  'messaging.operation.type',
  'messaging.destination.name',
  'messaging.consumer.group.name',
  'messaging.message.id',
  'messaging.batch.message_count',
  'peer.service',
  'wellgate.event_type',
  'wellgate.lane',
  'wellgate.outcome',
  'wellgate.request_id',
] as const

export type SpanAttribute = (typeof ALLOWED)[number]
export type SpanAttributes = { readonly [A in SpanAttribute]?: string | number }

const allowed: ReadonlySet<string> = new Set(ALLOWED)

/** Route templates, statement names, event types, ids: nothing that we write is longer or has a space. */
const WORD = /^[\w.:/*@-]{1,160}$/

/** The attributes that may leave: known names, and texts that look like a name or an id rather than like prose. */
export function onlyAllowed(attributes: SpanAttributes): Record<string, string | number> {
  const kept: Record<string, string | number> = {}
  for (const [name, value] of Object.entries(attributes)) {
    if (allowed.has(name) && (typeof value === 'number' || (typeof value === 'string' && WORD.test(value)))) {
      kept[name] = value
    }
  }
  return kept
}

/** What an error may say in a span: its code or else its name, never its message, which may quote a row. */
export function errorType(error: unknown): string {
  const { code, name } = (error ?? {}) as { code?: unknown; name?: unknown }
  for (const word of [code, name]) if (typeof word === 'string' && /^[\w.-]{1,64}$/.test(word)) return word
  return typeof error
}
