import jwt from '@fastify/jwt'
import Fastify, { type FastifyInstance } from 'fastify'
import type { TokenVerifier } from '../access/tokens.ts'
import type { VoidList } from '../access/void-list.ts'
import { newId } from '../audit/new-id.ts'
import type { AuditWriter } from '../audit/writer.ts'
import { DEFAULT_BODY_LIMIT, ownerOf, type RouteContract } from '../contracts/route.ts'
import type { ServiceName } from '../contracts/services.ts'
import type { Logger } from '../observability/logger.ts'
import type { Metrics } from '../observability/metrics.ts'
import { passOn, type Tracing } from '../observability/tracing.ts'
import { admit } from './admit.ts'
import { AnswerMismatch } from './answer.ts'
import { audited } from './audit-hook.ts'
import { acceptJson } from './bodies.ts'
import type { Handlers, UntypedHandler } from './handlers.ts'
import { letGoWhile } from './let-go.ts'
import { problemOf, sendProblem } from './problems.ts'
import { REQUEST_ID } from './request-parts.ts'
import { observeRequests } from './request-metrics.ts'
import { registerRoute } from './routes.ts'
import { securityHeaders } from './security-headers.ts'
import { traceRequests } from './trace-requests.ts'
import { unmatched } from './unmatched.ts'

export interface HttpServerOptions<Cs extends readonly RouteContract[]> {
  readonly service: ServiceName
  /** The service's own, and no other's. */
  readonly contracts: Cs
  readonly handlers: Handlers<Cs>
  readonly deps: {
    readonly verifier: TokenVerifier
    readonly voidList: VoidList
    readonly audit: AuditWriter
    readonly log: Logger
    readonly metrics: Metrics
    /** Without it, traces are passed on and none are kept. */
    readonly tracing?: Tracing
  }
  /** The gateway is in front: it makes the request ids and chooses which traces are kept. Else a caller would. */
  readonly trustRequestId?: boolean
  /** Whether this process is about to end (let-go.ts); without it, never. */
  readonly isDraining?: () => boolean
  /** For tests: an answer that its contract does not declare tells why, and undeclared problems are bugs too. */
  readonly strictAnswers?: boolean
}

/** OWASP REST Security Cheat Sheet: what a JSON API says to a browser that is led to it. */
const JSON_ONLY = {
  'cache-control': 'no-store',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
}
/** HSTS, nosniff and X-Frame-Options by helmet; the rest of what it sets is about pages, which we have none of. */
const HELMET = {
  contentSecurityPolicy: false,
  xFrameOptions: { action: 'deny' },
  crossOriginOpenerPolicy: false,
  originAgentCluster: false,
  xDnsPrefetchControl: false,
  xDownloadOptions: false,
  xPermittedCrossDomainPolicies: false,
  xXssProtection: false,
} as const

/** What is still received after this is not going to be finished. */
const RECEIVE_TIMEOUT_MS = 30_000

/**
 * The HTTP side of a service: for each contract a route that authenticates, decides, validates, runs its handler, cuts
 * the answer to its schema and audits, in that order. Not listening yet; `ready()` rejects for a contract that cannot
 * be served. Closing it leaves `deps` open.
 */
export function createHttpServer<const Cs extends readonly RouteContract[]>(
  options: HttpServerOptions<Cs>,
): FastifyInstance {
  const { service, contracts, deps, strictAnswers = false, trustRequestId = false } = options
  const { verifier, log } = deps
  const always = { ...securityHeaders(HELMET), ...JSON_ONLY }
  const slowest = Math.max(RECEIVE_TIMEOUT_MS, ...contracts.map(({ timeoutMs }) => timeoutMs ?? 0))
  const app = Fastify({
    logger: false,
    trustProxy: false,
    bodyLimit: DEFAULT_BODY_LIMIT,
    requestTimeout: slowest,
    connectionTimeout: slowest + 5_000,
    onProtoPoisoning: 'error',
    onConstructorPoisoning: 'error',
    exposeHeadRoutes: false,
    return503OnClosing: false,
    requestIdHeader: false,
    genReqId: ({ headers }) => {
      const given = headers['x-request-id']
      return trustRequestId && typeof given === 'string' && REQUEST_ID.test(given) ? given : newId()
    },
    frameworkErrors: (error, request, reply) => {
      reply.headers(always).header('x-request-id', request.id)
      void sendProblem(reply, problemOf(error, request.id))
    },
  })
  app.decorateRequest('wellgate', null)
  traceRequests(app, { tracing: deps.tracing ?? passOn, trusted: trustRequestId })
  app.addHook('onRequest', (request, reply, done) => {
    reply.headers(always).header('x-request-id', request.id)
    done()
  })
  observeRequests(app, deps)
  letGoWhile(app, options.isDraining ?? (() => false))
  app.register(jwt, {
    secret: {
      public: (_request: unknown, token: unknown) =>
        verifier.keyOf((token as { header?: { kid?: unknown } }).header?.kid),
    },
    decode: { complete: true },
    verify: { ...verifier.checks, algorithms: [...verifier.checks.algorithms] },
  })
  app.addHook('onSend', (request, reply, payload) => audited(request, reply, payload, deps))
  app.setErrorHandler((error, request, reply) => {
    const { bug, ...answer } = problemOf(error, request.id, request.wellgate?.contract.contentType)
    const route = request.routeOptions.url ?? 'unmatched'
    if (bug) log.error({ err: error, route, requestId: request.id, code: 'internal' }, 'a request failed')
    else if (answer.problem.status === 503) log.warn({ err: error, route, requestId: request.id }, 'could not answer')
    if (error instanceof AnswerMismatch) {
      log.error({ route, requestId: request.id, fields: error.fields }, 'an answer does not fit its contract')
      if (strictAnswers) return sendProblem(reply, { problem: { ...answer.problem, detail: error.message } })
    }
    return sendProblem(reply, answer)
  })
  acceptJson(app)
  app.setNotFoundHandler(unmatched(contracts))

  const handlers = options.handlers as unknown as Readonly<Record<string, UntypedHandler | undefined>>
  for (const contract of contracts) {
    const handler = handlers[contract.id]
    if (!handler || ownerOf(contract) !== service) throw new Error(`${service} has no handler for ${contract.id}`)
    registerRoute(app, contract, handler, { log, strict: strictAnswers, admit: (request) => admit(request, deps) })
  }
  return app
}
