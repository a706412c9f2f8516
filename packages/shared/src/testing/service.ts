import { randomUUID } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { DestinationStream } from 'pino'
import type { Actor } from '../access/actor.ts'
import type { JwksSource } from '../access/jwks.ts'
import { createTokenIssuer, generateSigningKey, publicJwkOf } from '../access/token-issuer.ts'
import type { Role } from '../contracts/access-rule.ts'
import { allEvents } from '../contracts/all-events.ts'
import type { EventContract, PayloadOf } from '../contracts/event.ts'
import { AccountId, FacilityId, PatientId, SessionId } from '../contracts/ids.ts'
import type { RouteContract } from '../contracts/route.ts'
import { SERVICES, type ServiceName } from '../contracts/services.ts'
import { readConfig, type ConfigOf, type Slice } from '../config/slice.ts'
import { createPool, type Pool } from '../db/pool.ts'
import { createEventSealer } from '../crypto/event-sealer.ts'
import { openLocalKms } from '../crypto/local-kms.ts'
import { installPostgresTransport } from '../messaging/postgres/install.ts'
import { topicsOf } from '../messaging/topics.ts'
import { createLogger } from '../observability/logger.ts'
import { prepareKeyrings } from '../runtime/keyrings.ts'
import type { PlatformOverrides } from '../runtime/platform.ts'
import type { ProcessRole } from '../runtime/roles.ts'
import type { RunningService, Service } from '../runtime/service.ts'
import { runPhases } from '../runtime/shutdown.ts'
import { call, type CallOptions, type CallAnswer } from './call.ts'
import { startNeighbour, type Neighbour } from './neighbours.ts'
import { createTestDatabase } from './postgres.ts'
import { readPublished, type PublishedEvent } from './published.ts'

const DEPLOYMENT = 'test'
const ISSUER = 'https://identity.test'
const AUDIENCE = 'wellgate-test'

export interface TokenFor {
  readonly roles?: readonly Role[]
  readonly patientId?: string
  readonly accountId?: string
  readonly sessionId?: string
  readonly tokenVersion?: number
}

export interface TestServiceOptions {
  /** Variables over those of the test. */
  readonly config?: Readonly<Record<string, string>>
  readonly roles?: readonly ProcessRole[]
  readonly overrides?: PlatformOverrides
  readonly logs?: DestinationStream
}

/** A service as it really runs, on a database of its own, with real HTTP, and the services beside it as far as their events go. */
export interface RunningTestService {
  readonly url: string
  readonly opsUrl: string
  /** The service's own pool, as its app role. */
  readonly pool: Pool
  /** The superuser, to look at what is stored. */
  readonly adminPool: Pool
  readonly running: RunningService
  /** Its environment, for an operator's command on it. */
  readonly variables: Readonly<Record<string, string>>
  call<C extends RouteContract>(contract: C, options?: CallOptions): Promise<CallAnswer>
  issueToken(options: TokenFor): string
  /** Publishes as the contract's producer would, and resolves when this service has handled it (and all before it). */
  publish<C extends EventContract>(
    contract: C,
    payload: PayloadOf<C>,
    options?: { aggregateVersion?: number },
  ): Promise<string>
  /** Resolves when this service's outbox is empty and it has handled all that it may read. */
  processed(): Promise<void>
  /** What this service has published, opened; oldest first. */
  published<C extends EventContract>(contract: C): Promise<PublishedEvent<C>[]>
  stop(): Promise<void>
}

/** Starts a service for a suite. Always `stop` it. */
export async function startTestService<const S extends readonly Slice[], const R extends readonly RouteContract[]>(
  service: Service<S, R>,
  options: TestServiceOptions = {},
): Promise<RunningTestService> {
  const neighbours = SERVICES.filter((name) => name !== 'gateway' && name !== service.name)
  const database = await createTestDatabase({
    services: [
      { name: service.name, migrationsDir: fileURLToPath(service.migrations) },
      ...neighbours.map((name) => ({ name })),
    ],
  })
  const everyone = [service.name, ...neighbours]
  await installPostgresTransport({ adminUrl: database.adminUrl, topics: topicsOf(allEvents), services: everyone })
  const folder = mkdtempSync(join(tmpdir(), 'wellgate-keys-'))
  const keyrings = await prepareKeyrings(folder, everyone, allEvents)
  const signingKey = generateSigningKey()
  const jwks: JwksSource = async () => [publicJwkOf(signingKey)]

  const variables = {
    WELLGATE_ENV: 'development',
    WELLGATE_DEPLOYMENT: DEPLOYMENT,
    WELLGATE_HTTP_PORT: '0',
    WELLGATE_OPS_PORT: '0',
    DATABASE_URL: database.urls(service.name).appUrl,
    WELLGATE_KEYRING_FILE: keyrings[service.name] ?? '',
    WELLGATE_TOKEN_ISSUER: ISSUER,
    WELLGATE_TOKEN_AUDIENCE: AUDIENCE,
    WELLGATE_JWKS_URL: 'http://127.0.0.1:9/jwks.json',
    ...options.config,
  }
  const config = readConfig(service.slices, variables) as ConfigOf<S>
  const log = createLogger({
    service: service.name,
    level: options.logs ? 'debug' : 'silent',
    ...(options.logs ? { destination: options.logs } : {}),
  })
  const running = await service.start(config, {
    roles: new Set(options.roles ?? ['http', 'consumers', 'relay']),
    log,
    overrides: { jwks, strictAnswers: true, ...options.overrides },
  })
  const adminPool = createPool({
    connectionString: database.adminUrl,
    max: 2,
    applicationName: 'test',
    statementTimeoutMs: 30_000,
  })
  const issuer = createTokenIssuer({ issuer: ISSUER, audience: AUDIENCE, key: () => signingKey })
  const started = new Map<ServiceName, Neighbour>()
  const neighbour = (name: ServiceName): Neighbour => {
    const known = started.get(name)
    if (known) return known
    const made = startNeighbour({
      service: name,
      appUrl: database.urls(name).appUrl,
      keyring: keyrings[name] ?? '',
      deployment: DEPLOYMENT,
    })
    started.set(name, made)
    return made
  }
  const url = `http://127.0.0.1:${running.httpPort}`
  const processed = async (): Promise<void> => {
    // What is handled may publish again, and what is published may be read by the service itself: twice settles both.
    for (let round = 0; round < 2; round++) {
      await running.relay.processAll()
      await Promise.all(running.consumers.map((consumer) => consumer.whenCaughtUp()))
    }
  }
  return {
    url,
    opsUrl: `http://127.0.0.1:${running.opsPort}`,
    pool: running.platform.pool,
    adminPool,
    running,
    variables,
    call: (contract, callOptions) => call(url, contract, callOptions),
    issueToken: (about) => issuer.issue(actorOf(about)).token,
    async publish(contract, payload, { aggregateVersion = 1 } = {}) {
      const id = await neighbour(contract.producer).publish(contract, payload, aggregateVersion)
      await processed()
      return id
    },
    processed,
    async published(contract) {
      await processed()
      const kms = openLocalKms({ path: keyrings[service.name] ?? '', production: false, allowInProduction: false })
      return readPublished(adminPool, contract, createEventSealer({ kms, deployment: DEPLOYMENT }))
    },
    async stop() {
      for (const each of started.values()) await each.close()
      await runPhases(running.phases, log)
      await adminPool.end()
      await database.drop()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

const FACILITY = FacilityId.parse('018f0000-0000-7000-8000-00000000fac1')

function actorOf(about: TokenFor): Actor {
  return {
    accountId: AccountId.parse(about.accountId ?? randomUUID()),
    sessionId: SessionId.parse(about.sessionId ?? randomUUID()),
    patientId: about.patientId === undefined ? null : PatientId.parse(about.patientId),
    roles: (about.roles ?? []).map((role) => ({ role, facilityId: FACILITY })),
    tokenVersion: about.tokenVersion ?? 0,
  }
}
