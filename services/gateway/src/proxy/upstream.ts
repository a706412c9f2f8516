import { ConsecutiveBreaker, circuitBreaker, handleAll, type CircuitBreakerPolicy } from 'cockatiel'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { gatewayErrors } from '../errors.ts'
import { requestHeaders, responseHeaders } from './headers.ts'

/** One service behind the gateway, with a breaker of its own: while it is down, callers get their 503 at once. */
export interface Upstream {
  readonly url: string
  readonly breaker: CircuitBreakerPolicy
}

const FAILURES_TO_OPEN = 5
const HALF_OPEN_AFTER_MS = 1_000
const RETRY_AFTER_S = 2

export function createUpstream(url: string): Upstream {
  return {
    url: url.replace(/\/$/, ''),
    breaker: circuitBreaker(handleAll, {
      halfOpenAfter: HALF_OPEN_AFTER_MS,
      breaker: new ConsecutiveBreaker(FAILURES_TO_OPEN),
    }),
  }
}

/**
 * Sends a request on and its answer back, streamed both ways, never repeated. Only failures to get an answer count
 * for the breaker; an answer of any status is the service's own.
 * @throws DomainError `upstream-down` when there is no answer in `timeoutMs`
 */
export async function forward(
  upstream: Upstream,
  request: FastifyRequest,
  reply: FastifyReply,
  timeoutMs: number,
): Promise<FastifyReply> {
  const host = new URL(upstream.url).host
  try {
    await upstream.breaker.execute(
      () =>
        new Promise<void>((resolve, reject) => {
          reply.from(upstream.url + request.url, {
            timeout: timeoutMs,
            rewriteRequestHeaders: (_request, headers) => requestHeaders(headers, request.id, host),
            rewriteHeaders: responseHeaders,
            onResponse: (_request, _reply, answer) => {
              reply.send((answer as unknown as { stream: NodeJS.ReadableStream }).stream)
              resolve()
            },
            onError: (_reply, { error }) => reject(error),
          })
        }),
    )
  } catch (error) {
    request.log.warn({ err: error }, 'no answer from upstream')
    throw gatewayErrors['upstream-down']({ retryAfter: RETRY_AFTER_S })
  }
  return reply
}
