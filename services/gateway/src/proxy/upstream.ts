import type { Readable } from 'node:stream'
import type { ServiceName } from '@wellgate/shared/contracts/services'
import type { Logger } from '@wellgate/shared/observability/logger'
import { gaugeOf, type Metrics } from '@wellgate/shared/observability/metrics'
import { currentTraceparent, inSpan } from '@wellgate/shared/observability/trace-scope'
import {
  BrokenCircuitError,
  ConsecutiveBreaker,
  circuitBreaker,
  handleWhen,
  type CircuitBreakerPolicy,
} from 'cockatiel'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { gatewayErrors } from '../errors.ts'
import { gatewayMetrics } from '../metrics.ts'
import { CallersFault, codeOf, isCallersFault, judge } from './fault.ts'
import { requestHeaders, responseHeaders } from './headers.ts'

/** One service behind the gateway, with a breaker of its own: while it is down, callers get their 503 at once. */
export interface Upstream {
  readonly service: ServiceName
  readonly url: string
  readonly log: Logger
  readonly breaker: CircuitBreakerPolicy
}

const FAILURES_TO_OPEN = 5
const HALF_OPEN_AFTER_MS = 1_000
const RETRY_AFTER_S = 2

/** An upstream whose breaker is shut. Only failures of the service count for it, or any caller could open it. */
export function createUpstream(
  service: ServiceName,
  url: string,
  { log, metrics }: { log: Logger; metrics: Metrics },
): Upstream {
  const open = gaugeOf(metrics, gatewayMetrics.breaker)
  open.set({ upstream: service }, 0)
  const breaker = circuitBreaker(
    handleWhen((error) => !(error instanceof CallersFault)),
    { halfOpenAfter: HALF_OPEN_AFTER_MS, breaker: new ConsecutiveBreaker(FAILURES_TO_OPEN) },
  )
  breaker.onBreak(() => {
    open.set({ upstream: service }, 1)
    log.warn(`${service} is not asked for a while: the breaker opened`)
  })
  breaker.onReset(() => {
    open.set({ upstream: service }, 0)
    log.info(`${service} is asked again: the breaker shut`)
  })
  return { service, url: url.replace(/\/$/, ''), log, breaker }
}

/**
 * Sends a request on and its answer back, streamed both ways, never repeated. Only failures to get an answer count
 * for the breaker; an answer of any status is the service's own.
 * @throws DomainError `upstream-down` when there is no answer in `timeoutMs`; `body-incomplete` when the caller is why
 */
export async function forward(
  upstream: Upstream,
  request: FastifyRequest,
  reply: FastifyReply,
  timeoutMs: number,
): Promise<FastifyReply> {
  let answered: Promise<void> | undefined
  const judged = upstream.breaker.execute(() => {
    answered = traced(upstream, request, reply, () => ask(upstream, request, reply, timeoutMs))
    return judge(answered, request.raw)
  })
  try {
    await judged.catch((error: unknown) => (error instanceof CallersFault ? answered : Promise.reject(error)))
  } catch (error) {
    if (error instanceof CallersFault) throw gatewayErrors['body-incomplete']()
    // While the breaker is open nothing was asked; that it opened has a line of its own.
    if (!(error instanceof BrokenCircuitError)) {
      const route = request.routeOptions.url
      // The line's own `service` is the gateway.
      upstream.log.warn(
        { err: error, code: codeOf(error), route, requestId: request.id },
        `no answer from ${upstream.service}`,
      )
    }
    throw gatewayErrors['upstream-down']({ retryAfter: RETRY_AFTER_S })
  }
  return reply
}

/** The wait for a service's answer, as a span. */
function traced(
  { service }: Upstream,
  request: FastifyRequest,
  reply: FastifyReply,
  work: () => Promise<void>,
): Promise<void> {
  const attributes = { 'http.request.method': request.method, 'peer.service': service }
  return inSpan(`${request.method} ${service}`, { kind: 'client', attributes }, async (span) => {
    await work()
    span.set({ 'http.response.status_code': reply.statusCode })
  })
}

/** Resolves when the answer has begun. Rejects in every other case, also where reply-from stays silent. */
function ask(upstream: Upstream, request: FastifyRequest, reply: FastifyReply, timeoutMs: number): Promise<void> {
  return new Promise((resolve, reject) => {
    let over = false
    const traceparent = currentTraceparent()
    reply.raw.once('close', () => {
      over = true
      reject(new CallersFault())
    })
    reply.from(upstream.url + request.url, {
      timeout: timeoutMs,
      rewriteRequestHeaders: (_request, headers) => ({
        ...requestHeaders(headers, request.id, new URL(upstream.url).host),
        ...(traceparent === undefined ? {} : { traceparent }),
      }),
      rewriteHeaders: responseHeaders,
      onResponse: (_request, _reply, answer) => {
        const { stream } = answer as unknown as { stream: Readable }
        if (over) stream.destroy()
        else reply.send(stream)
        resolve()
      },
      onError: (_reply, { error }) => reject(isCallersFault(error, request.raw) ? new CallersFault() : error),
    })
  })
}
