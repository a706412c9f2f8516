import rateLimit from '@fastify/rate-limit'
import underPressure from '@fastify/under-pressure'
import { newId } from '@wellgate/shared/audit/new-id'
import { allRoutes } from '@wellgate/shared/contracts/all-routes'
import { ownerOf } from '@wellgate/shared/contracts/route'
import type { ServiceName } from '@wellgate/shared/contracts/services'
import { letGoWhile } from '@wellgate/shared/http/let-go'
import { createOpsServer } from '@wellgate/shared/http/ops'
import { problemOf, sendProblem } from '@wellgate/shared/http/problems'
import { unmatched } from '@wellgate/shared/http/unmatched'
import { observeRequests } from '@wellgate/shared/http/request-metrics'
import { securityHeaders } from '@wellgate/shared/http/security-headers'
import { traceRequests } from '@wellgate/shared/http/trace-requests'
import type { Logger } from '@wellgate/shared/observability/logger'
import { createMetrics, type Metrics } from '@wellgate/shared/observability/metrics'
import { passOn, type Tracing } from '@wellgate/shared/observability/tracing'
import { listen } from '@wellgate/shared/runtime/listen'
import type { Runnable } from '@wellgate/shared/runtime/main'
import { longestRequestMs, phase, requestSidePhases } from '@wellgate/shared/runtime/phases'
import { openTracing } from '@wellgate/shared/runtime/tracing'
import Fastify, { type FastifyInstance } from 'fastify'
import { gatewaySlices, type GatewayConfig } from './config.ts'
import { registerDocs } from './docs/docs-page.ts'
import { gatewayErrors } from './errors.ts'
import { passBodies } from './proxy/bodies.ts'
import type { Resolve } from './proxy/replicas.ts'
import { MARGIN_MS, registerProxy } from './proxy/routes.ts'

/** Beyond this the event loop is so late that answering 503 at once serves everybody better. */
const MAX_EVENT_LOOP_DELAY_MS = 1_000
const MINUTE_MS = 60_000

/** The gateway: a process without a database, made of the contracts' routing table. */
export const gateway: Runnable<GatewayConfig> = {
  name: 'gateway',
  slices: gatewaySlices,
  async start(config, { log }) {
    const metrics = createMetrics('gateway', { process: true })
    const tracing = await openTracing('gateway', config, { log, metrics })
    let draining = false
    const app = await createGateway(config, { log, metrics, tracing, isDraining: () => draining })
    const ops = createOpsServer({ metrics, isDraining: () => draining, checks: {} })
    return {
      opsPort: await listen(ops, config.WELLGATE_HTTP_HOST, config.WELLGATE_OPS_PORT),
      httpPort: await listen(app, config.WELLGATE_HTTP_HOST, config.WELLGATE_HTTP_PORT),
      phases: requestSidePhases({
        drainMs: config.WELLGATE_DRAIN_MS,
        http: app,
        longestRequestMs: longestRequestMs(allRoutes) + MARGIN_MS,
        ops,
        drain: () => (draining = true),
        afterHttp: [phase('traces', 3_000, () => tracing.shutdown())],
      }),
    }
  },
}

/**
 * The path and query of a target that is a whole URL, which a server must take (RFC 9112 3.2.2). Whatever host it names is
 * this one.
 */
const originForm = (target: string): string => target.replace(/^https?:\/\/[^/?]*\/?/i, '/')

/** The gateway's HTTP side, not listening yet. */
export async function createGateway(
  config: GatewayConfig,
  options: {
    log: Logger
    metrics: Metrics
    tracing?: Tracing
    /** Whether the process is about to end. */
    isDraining?: () => boolean
    /** How a service's name becomes the addresses of its replicas. */
    resolve?: Resolve
  },
): Promise<FastifyInstance> {
  const { log, metrics, tracing = passOn, isDraining = () => false, resolve } = options
  const app = Fastify({
    logger: false,
    // Else a caller would choose the address that it is limited by. Without it, all callers of an ingress share one.
    trustProxy: config.WELLGATE_TRUSTED_PROXIES,
    // Ids are ours: a caller's own would let it write our audit trail.
    requestIdHeader: false,
    genReqId: newId,
    rewriteUrl: ({ url = '/' }) => (url.startsWith('/') ? url : originForm(url)),
    requestTimeout: 120_000,
    connectionTimeout: 125_000,
    exposeHeadRoutes: false,
    return503OnClosing: false,
    routerOptions: { maxParamLength: 200 },
    frameworkErrors: (error, request, reply) => void sendProblem(reply, problemOf(error, request.id)),
  })
  // Who has left at once has no address to be counted by any more, and hears no answer.
  app.addHook('onRequest', ({ raw }, reply, done) => {
    if (raw.socket.remoteAddress === undefined) reply.hijack()
    done()
  })
  // A caller's trace goes on, but what is kept is our choice.
  traceRequests(app, { tracing, trusted: false })
  // Whose scheme is that of the page: over plain HTTP, Safari would ask for the page's scripts by HTTPS, even of 127.0.0.1.
  const always = securityHeaders({ contentSecurityPolicy: { directives: { upgradeInsecureRequests: null } } })
  app.addHook('onRequest', (request, reply, done) => {
    reply.headers(always).header('x-request-id', request.id)
    done()
  })
  observeRequests(app, { metrics, log })
  letGoWhile(app, isDraining)
  app.setErrorHandler((error, request, reply) => {
    const { bug, ...answer } = problemOf(error, request.id)
    if (bug)
      log.error(
        { err: error, route: request.routeOptions.url ?? 'unmatched', requestId: request.id },
        'a request failed',
      )
    return sendProblem(reply, answer)
  })

  await app.register(underPressure, {
    maxEventLoopDelay: MAX_EVENT_LOOP_DELAY_MS,
    pressureHandler: () => {
      throw gatewayErrors.overloaded({ retryAfter: 5 })
    },
  })
  await app.register(rateLimit, {
    max: config.WELLGATE_RATE_LIMIT,
    timeWindow: MINUTE_MS,
    enableDraftSpec: true,
    errorResponseBuilder: (_request, { ttl }) => gatewayErrors['rate-limited']({ retryAfter: Math.ceil(ttl / 1000) }),
  })
  const upstreams: Partial<Record<ServiceName, string | undefined>> = {
    identity: config.WELLGATE_UPSTREAM_IDENTITY,
    patients: config.WELLGATE_UPSTREAM_PATIENTS,
    records: config.WELLGATE_UPSTREAM_RECORDS,
    interop: config.WELLGATE_UPSTREAM_INTEROP,
    appointments: config.WELLGATE_UPSTREAM_APPOINTMENTS,
    billing: config.WELLGATE_UPSTREAM_BILLING,
  }
  const offered = allRoutes.filter((contract) => upstreams[ownerOf(contract)] !== undefined)
  app.setNotFoundHandler({ preHandler: app.rateLimit() }, unmatched(offered, gatewayErrors['no-such-route']))
  await registerDocs(app, offered)
  await app.register((scope, _options, done) => {
    passBodies(scope)
    registerProxy(scope, {
      contracts: allRoutes,
      upstreams,
      logInLimit: config.WELLGATE_RATE_LIMIT_LOG_IN,
      log,
      metrics,
      ...(resolve ? { resolve } : {}),
    })
    done()
  })
  return app
}
