import type { IncomingHttpHeaders } from 'node:http'

/**
 * Headers a client may send on. An allow-list: identity is only ever what the signed token says, so that
 * `X-User-*`, `X-Forwarded-*`, `Forwarded` and their spellings with `_` end here (ASVS 5.0 V4.1.3).
 */
const FORWARDED = [
  'accept',
  'accept-language',
  'authorization',
  'content-length',
  'content-type',
  'idempotency-key',
  'if-match',
  'if-none-match',
  'stripe-signature',
  'traceparent',
  'tracestate',
  'transfer-encoding',
  'user-agent',
  'x-purpose-of-use',
]

/** The headers that go to a service: the allowed ones, and our own request id. */
export function requestHeaders(received: IncomingHttpHeaders, requestId: string, host: string): IncomingHttpHeaders {
  const sent: IncomingHttpHeaders = { host, 'x-request-id': requestId }
  for (const name of FORWARDED) {
    const value = received[name]
    if (value !== undefined) sent[name] = value
  }
  return sent
}

const INTERNAL = /^(x-internal-|x-powered-by$|server$|via$|keep-alive$|connection$)/

/** The headers that come back from a service, without those that tell of our inside. */
export function responseHeaders(received: IncomingHttpHeaders): IncomingHttpHeaders {
  return Object.fromEntries(Object.entries(received).filter(([name]) => !INTERNAL.test(name)))
}
