import { Readable } from 'node:stream'
import type { ServiceName } from '@wellgate/shared/contracts/services'
import { answerCut } from '@wellgate/shared/http/cut-answers'
import type { Logger } from '@wellgate/shared/observability/logger'
import { gaugeOf, type Metrics } from '@wellgate/shared/observability/metrics'
import { currentTraceparent, inSpan } from '@wellgate/shared/observability/trace-scope'
import {
  BrokenCircuitError,
  CircuitState,
  ConsecutiveBreaker,
  circuitBreaker,
  handleWhen,
  type CircuitBreakerPolicy,
} from 'cockatiel'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { Pool, type Dispatcher } from 'undici'
import { gatewayErrors } from '../errors.ts'
import { gatewayMetrics } from '../metrics.ts'
import { type Answer, exchange } from './exchange.ts'
import { CallersFault, codeOf, isCallersFault, judge } from './fault.ts'
import { requestHeaders, responseHeaders } from './headers.ts'
import { connectToReplicas, IDLE_MS, type Resolve } from './replicas.ts'

/** One service behind the gateway, with a breaker of its own: while it is down, callers get their 503 at once. */
export interface Upstream {
  readonly service: ServiceName
  readonly url: string
  readonly connections: Pool
  readonly log: Logger
  readonly breaker: CircuitBreakerPolicy
  /** How often the breaker has opened. */
  readonly openings: () => number
  /** How many requests with a body that comes as a stream are being sent. */
  streaming: number
}

/** Requests at a time; more of them wait for one to end. */
const MAX_CONNECTIONS = 64
/** So many of them wait for bodies, at most: the others are for requests that are here whole, however slow some callers are. */
const MAX_STREAMING = 48
const FAILURES_TO_OPEN = 5
const HALF_OPEN_AFTER_MS = 1_000
const RETRY_AFTER_S = 2

/** An upstream whose breaker is shut. Only failures of the service count for it, or any caller could open it. */
export function createUpstream(
  service: ServiceName,
  url: string,
  { log, metrics, resolve }: { log: Logger; metrics: Metrics; resolve?: Resolve },
): Upstream {
  const open = gaugeOf(metrics, gatewayMetrics.breaker)
  open.set({ upstream: service }, 0)
  const breaker = circuitBreaker(
    handleWhen((error) => !(error instanceof CallersFault || error instanceof BrokenCircuitError)),
    { halfOpenAfter: HALF_OPEN_AFTER_MS, breaker: new ConsecutiveBreaker(FAILURES_TO_OPEN) },
  )
  let openings = 0
  breaker.onBreak(() => {
    openings += 1
    open.set({ upstream: service }, 1)
    log.warn(`${service} is not asked for a while: the breaker opened`)
  })
  breaker.onReset(() => {
    open.set({ upstream: service }, 0)
    log.info(`${service} is asked again: the breaker shut`)
  })
  const connections = new Pool(new URL(url).origin, {
    connections: MAX_CONNECTIONS,
    pipelining: 1,
    connect: connectToReplicas(resolve),
    keepAliveTimeout: IDLE_MS,
    keepAliveMaxTimeout: IDLE_MS,
    // Else a new replica would idle, while the connections that are kept lead to the old ones.
    maxRequestsPerClient: 1_000,
  })
  return { service, url: url.replace(/\/$/, ''), connections, log, breaker, openings: () => openings, streaming: 0 }
}

/**
 * Sends a request on and its answer back, streamed both ways, never repeated. Only failures to get an answer count
 * for the breaker; an answer of any status is the service's own.
 * @throws DomainError `upstream-down` when there is no answer in `timeoutMs`; `body-incomplete` when the caller is why;
 * `overloaded` where too many bodies are on their way to the service
 */
export async function forward(
  upstream: Upstream,
  request: FastifyRequest,
  reply: FastifyReply,
  timeoutMs: number,
): Promise<FastifyReply> {
  // Half open, one request tries the service. cockatiel would let the others wait for it, as long as it may take.
  if (upstream.breaker.state === CircuitState.HalfOpen) throw upstreamDown()
  const streams = request.body instanceof Readable
  if (streams && upstream.streaming >= MAX_STREAMING) throw gatewayErrors.overloaded({ retryAfter: RETRY_AFTER_S })
  if (streams) upstream.streaming += 1
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
    if (!(error instanceof BrokenCircuitError)) warn(upstream, request, error, `no answer from ${upstream.service}`)
    throw upstreamDown()
  } finally {
    if (streams) upstream.streaming -= 1
  }
  return reply
}

const upstreamDown = () => gatewayErrors['upstream-down']({ retryAfter: RETRY_AFTER_S })

/** A line for what is the service's failure. Its own `service` is the gateway. */
function warn({ log }: Upstream, request: FastifyRequest, error: unknown, message: string): void {
  log.warn({ err: error, code: codeOf(error), route: request.routeOptions.url, requestId: request.id }, message)
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

/**
 * Resolves when the answer is on its way to the caller. Rejects in every other case. A request that waits for a connection
 * is not sent when its caller has left, or the breaker has opened since.
 */
async function ask(upstream: Upstream, request: FastifyRequest, reply: FastifyReply, timeoutMs: number): Promise<void> {
  const { promise: leaving, reject } = Promise.withResolvers<never>()
  let left: CallersFault | undefined
  const leave = (): void => reject((left = new CallersFault()))
  reply.raw.once('close', leave)
  const openings = upstream.openings()
  const answering = exchange(upstream.connections, outgoing(upstream, request, timeoutMs), {
    timeoutMs,
    isWhole: () => request.body === undefined || request.raw.complete,
    refusal: () => left ?? (upstream.openings() === openings ? undefined : new BrokenCircuitError()),
    // Too late for another status, and for the breaker, for which the service has answered.
    brokeOff: (error) => {
      if (reply.raw.headersSent) answerCut(request, reply)
      warn(upstream, request, error, `half an answer from ${upstream.service}`)
    },
  })
  try {
    pass(await Promise.race([answering, leaving]), request, reply)
  } catch (error) {
    // What comes for a caller that has left must not wait to be read.
    answering.then(discard, () => undefined)
    if (error instanceof Error && isCallersFault(error, request.raw)) throw new CallersFault()
    throw error
  } finally {
    reply.raw.off('close', leave)
  }
}

const discard = ({ body }: Answer): void => {
  if (body instanceof Readable) body.destroy()
}

function outgoing({ url }: Upstream, request: FastifyRequest, timeoutMs: number): Dispatcher.DispatchOptions {
  const { pathname, search } = new URL(url + request.url)
  const { method, body } = request
  const traceparent = currentTraceparent()
  const headers = requestHeaders(request.headers, request.id, body !== undefined)
  if (traceparent !== undefined) headers['traceparent'] = traceparent
  return {
    path: pathname + search,
    method,
    headers,
    body: (body as Buffer | Readable | undefined) ?? null,
    headersTimeout: timeoutMs,
    bodyTimeout: timeoutMs,
  }
}

function pass({ status, headers, body }: Answer, request: FastifyRequest, reply: FastifyReply): void {
  reply.code(status).headers(responseHeaders(headers))
  // Without the rest of the request, the connection cannot carry another one.
  if (!request.raw.complete) reply.header('connection', 'close')
  reply.send(body)
}
