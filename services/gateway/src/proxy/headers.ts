import type { IncomingHttpHeaders } from 'node:http'

/**
 * Headers a client may send on. An allow-list: identity is only ever what the signed token says, so that
 * `X-User-*`, `X-Forwarded-*`, `Forwarded` and their spellings with `_` end here (ASVS 5.0 V4.1.3).
 */
const FORWARDED = [
  'accept',
  'accept-language',
  'authorization',
  'content-type',
  'idempotency-key',
  'if-match',
  'if-none-match',
  'stripe-signature',
  'traceparent',
  'tracestate',
  'user-agent',
  'x-purpose-of-use',
]

/**
 * The headers that go to a service: the allowed ones, the body's length where there is a body, and our own request id.
 * What the caller's `Connection` names is between the caller and us (RFC 9110 7.6.1).
 */
export function requestHeaders(
  received: IncomingHttpHeaders,
  requestId: string,
  hasBody: boolean,
): Record<string, string> {
  const sent: Record<string, string> = { 'x-request-id': requestId }
  for (const name of FORWARDED) copy(received, sent, name)
  if (hasBody) copy(received, sent, 'content-length')
  for (const name of received.connection?.toLowerCase().split(',') ?? []) {
    if (name.trim() !== 'x-request-id') delete sent[name.trim()]
  }
  return sent
}

function copy(received: IncomingHttpHeaders, sent: Record<string, string>, name: string): void {
  const value = received[name]
  if (value !== undefined) sent[name] = String(value)
}

const INTERNAL = new Set(['x-powered-by', 'server', 'via', 'keep-alive', 'connection', 'transfer-encoding'])

/** The headers that come back from a service, without those that tell of our inside. */
export function responseHeaders<T extends IncomingHttpHeaders>(received: T): Partial<T> {
  const sent: Partial<T> = {}
  for (const name in received) if (!INTERNAL.has(name) && !name.startsWith('x-internal-')) sent[name] = received[name]
  return sent
}
