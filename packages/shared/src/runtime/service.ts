import { remoteJwks } from '../access/jwks.ts'
import { createTokenVerifier } from '../access/tokens.ts'
import { createVoidList } from '../access/void-list.ts'
import { createAuditWriter } from '../audit/writer.ts'
import type { ConfigOf, Slice } from '../config/slice.ts'
import type { RouteContract } from '../contracts/route.ts'
import { answers } from '../db/answers.ts'
import { createHttpServer } from '../http/server.ts'
import { createOpsServer } from '../http/ops.ts'
import { createConsumer } from '../messaging/consumer.ts'
import { startQueueGauges } from '../messaging/queue-gauges.ts'
import { createRelay } from '../messaging/relay.ts'
import type { Logger } from '../observability/logger.ts'
import { createMetrics } from '../observability/metrics.ts'
import type { Tracing } from '../observability/tracing.ts'
import type { ServiceConfig } from './config.ts'
import type { ServiceDefinition, ServiceParts } from './definition.ts'
import { groupsOf } from './groups.ts'
import { housekeeping } from './housekeeping.ts'
import { startJobs, tellIntervals } from './jobs.ts'
import { listen } from './listen.ts'
import type { Running, Runnable } from './main.ts'
import { openTracing } from './tracing.ts'
import { openPlatform, type OpenPlatform, type PlatformOverrides } from './platform.ts'
import type { ProcessRole } from './roles.ts'
import { servicePhases } from './service-phases.ts'

export interface StartOptions {
  readonly roles: ReadonlySet<ProcessRole>
  readonly log: Logger
  readonly overrides?: PlatformOverrides
}

/** A running service, with what tests look at besides. */
export interface RunningService extends Running {
  readonly platform: OpenPlatform
  readonly consumers: readonly ReturnType<typeof createConsumer>[]
  readonly relay: ReturnType<typeof createRelay>
  /** Reads the list of void sessions now, where a test would else wait for the next turn. */
  refreshAccess(): Promise<void>
}

/** A service as the platform runs it: the same for all but for its definition. */
export type Service<S extends readonly Slice[], R extends readonly RouteContract[]> = ServiceDefinition<S, R> &
  Runnable<ConfigOf<S>> & {
    start(config: ConfigOf<S>, options: StartOptions): Promise<RunningService>
  }

/** Makes a runnable service of its definition: pools, keys, HTTP, consumers, relay, jobs, health and shutdown. */
export function defineService<const S extends readonly Slice[], const R extends readonly RouteContract[]>(
  definition: ServiceDefinition<S, R>,
): Service<S, R> {
  return { ...definition, start: (config, options) => startService(definition, config, options) }
}

async function startService<S extends readonly Slice[], R extends readonly RouteContract[]>(
  definition: ServiceDefinition<S, R>,
  ownConfig: ConfigOf<S>,
  options: StartOptions,
): Promise<RunningService> {
  const { name } = definition
  const { log } = options
  // Every definition begins with the platform's slices; its type is the union of those and its own.
  const config = ownConfig as unknown as ServiceConfig
  const metrics = createMetrics(name, { process: true })
  const tracing = await openTracing(name, config, { log, metrics })
  const platform = await openPlatform(name, config, {
    log,
    metrics,
    ...(options.overrides ? { overrides: options.overrides } : {}),
  })
  try {
    const parts = await definition.build(platform, ownConfig)
    return await run(definition, parts, { ...platform, tracing }, config, options)
  } catch (error) {
    await platform.close()
    throw error
  }
}

async function run<S extends readonly Slice[], R extends readonly RouteContract[]>(
  definition: ServiceDefinition<S, R>,
  parts: ServiceParts<R>,
  platform: OpenPlatform & { readonly tracing: Tracing },
  config: ServiceConfig,
  { roles, log, overrides }: StartOptions,
): Promise<RunningService> {
  const { name } = definition
  const { pool, transport, bells, eventSealer, metrics, tracing } = platform
  const directUrl = config.DIRECT_DATABASE_URL ?? config.DATABASE_URL

  const relay = createRelay({
    directUrl,
    schema: name,
    events: definition.events,
    transport,
    bells,
    log,
    metrics,
    tracing,
  })
  const consumers = groupsOf(name, parts.consumers).map((group) =>
    createConsumer({ service: name, ...group, pool, transport, eventSealer, log, metrics, tracing }),
  )

  const audit = createAuditWriter({ connectionString: directUrl, service: name, metrics })
  const voidList = createVoidList({ pool, log, metrics })
  await voidList.refresh()
  const verifier = createTokenVerifier({
    issuer: config.WELLGATE_TOKEN_ISSUER,
    audience: config.WELLGATE_TOKEN_AUDIENCE,
    jwks: overrides?.jwks ?? parts.jwks ?? remoteJwks(config.WELLGATE_JWKS_URL),
  })
  let draining = false
  const http = roles.has('http')
    ? createHttpServer({
        service: name,
        contracts: definition.routes,
        handlers: parts.handlers,
        deps: { verifier, voidList, audit, log, metrics, tracing },
        trustRequestId: config.WELLGATE_BEHIND_GATEWAY,
        isDraining: () => draining,
        strictAnswers: overrides?.strictAnswers ?? false,
      })
    : null
  const ops = createOpsServer({
    metrics,
    isDraining: () => draining,
    checks: {
      database: (signal) => answers(pool, signal),
      // A request side writes to its outbox: a broker that is away must not take it out of service.
      ...(roles.has('relay') || roles.has('consumers') ? { transport: () => transport.health() } : {}),
    },
  })

  if (roles.has('relay')) relay.start()
  if (roles.has('consumers')) for (const consumer of consumers) consumer.start()
  const queues = startQueueGauges({ groups: consumers, pool, transport, metrics, log })
  const allJobs = [housekeeping(pool), ...(parts.jobs ?? [])]
  tellIntervals(allJobs, metrics)
  const jobs = startJobs(
    allJobs.filter((job) => roles.has(job.role)),
    log,
    metrics,
  )

  const opsPort = await listen(ops, config.WELLGATE_HTTP_HOST, config.WELLGATE_OPS_PORT)
  const httpPort = http ? await listen(http, config.WELLGATE_HTTP_HOST, config.WELLGATE_HTTP_PORT) : null

  return {
    httpPort,
    opsPort,
    platform,
    consumers,
    relay,
    refreshAccess: () => voidList.refresh(),
    phases: servicePhases({
      drainMs: config.WELLGATE_DRAIN_MS,
      http,
      ops,
      routes: definition.routes,
      drain: () => (draining = true),
      stop: {
        consumers: () => Promise.all([jobs.stop(), queues.close(), ...consumers.map((consumer) => consumer.close())]),
        relay: () => relay.close(),
        service: () => parts.close?.(),
        pools: async () => {
          await voidList.close()
          await audit.close()
          await platform.close()
        },
        traces: () => tracing.shutdown(),
      },
    }),
  }
}
