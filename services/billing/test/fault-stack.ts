import { randomUUID } from 'node:crypto'
import { copyFileSync, mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { openStore } from '@wellgate/local/src/payment-sandbox/store.ts'
import { createTokenIssuer, generateSigningKey, publicJwkOf } from '@wellgate/shared/access/token-issuer'
import type { Role } from '@wellgate/shared/contracts/access-rule'
import { allEvents } from '@wellgate/shared/contracts/all-events'
import type { EventContract } from '@wellgate/shared/contracts/event'
import { AccountId, FacilityId, PatientId, SessionId } from '@wellgate/shared/contracts/ids'
import { createEventSealer } from '@wellgate/shared/crypto/event-sealer'
import { openLocalKms } from '@wellgate/shared/crypto/local-kms'
import { createPool, type Pool } from '@wellgate/shared/db/pool'
import { ensureTopics } from '@wellgate/shared/messaging/kafka/ensure-topics'
import { createKafkaTransport } from '@wellgate/shared/messaging/kafka/kafka-transport'
import { installPostgresTransport } from '@wellgate/shared/messaging/postgres/install'
import { openPostgresTransport } from '@wellgate/shared/testing/messaging'
import { topicsOf } from '@wellgate/shared/messaging/topics'
import type { Transport } from '@wellgate/shared/messaging/transport'
import { createLogger } from '@wellgate/shared/observability/logger'
import { prepareKeyrings } from '@wellgate/shared/runtime/keyrings'
import { freePort } from '@wellgate/shared/testing/free-port'
import { createTestDatabase } from '@wellgate/shared/testing/postgres'
import { removeDataDir } from '@wellgate/shared/testing/postgres-host'
import { openRecords, type PublishedEvent, readPublished } from '@wellgate/shared/testing/published'
import { billingService } from '../src/service.ts'
import { type Clinic, readTopic, startClinic } from './fault-clinic.ts'
import { keepKafka, keepPostgres, keepProcess, type Kept } from './fault-processes.ts'
import { SECRETS } from './payment-support.ts'

const DEPLOYMENT = 'faults'
const NEIGHBOURS = ['identity', 'patients', 'records', 'interop', 'appointments'] as const

export interface FaultStack {
  readonly url: string
  readonly admin: Pool
  /** What may be killed, by name. */
  readonly parts: ReadonlyMap<string, Kept>
  /** Whose visits billing hears of through the broker. */
  readonly clinic: Clinic
  token(about: { roles?: readonly Role[]; patientId?: string }): string
  /** What the processor remembers. */
  processor(): ReturnType<typeof openStore>
  published<C extends EventContract>(contract: C): Promise<PublishedEvent<C>[]>
  stop(): Promise<void>
}

/** Billing, the sandbox, Postgres and with `kafka` the broker as processes of their own, each of which may be killed. */
export async function startFaultStack(transport: Transport['name']): Promise<FaultStack> {
  const folder = mkdtempSync(join(tmpdir(), 'wellgate-faults-'))
  const closing: (() => Promise<void> | void)[] = [() => rmSync(folder, { recursive: true, force: true })]
  const stop = async () => {
    for (const close of closing.toReversed()) await close()
  }
  try {
    const dataDir = join(folder, 'postgres')
    const postgres = await keepPostgres(dataDir, await freePort())
    closing.push(async () => {
      await postgres.stop()
      removeDataDir(dataDir)
    })
    const everyone = ['billing', ...NEIGHBOURS] as const
    const database = await createTestDatabase({
      adminUrl: postgres.adminUrl,
      services: [
        { name: 'billing', migrationsDir: fileURLToPath(billingService.migrations) },
        ...NEIGHBOURS.map((name) => ({ name })),
      ],
    })
    const topics = topicsOf(allEvents)
    const log = createLogger({ service: 'faults', level: 'silent' })
    const broker = transport === 'kafka' ? await keepKafka() : undefined
    if (broker) {
      closing.push(() => broker.stop())
      await ensureTopics({ brokers: broker.brokers, clientId: 'faults', log, replicationFactor: 1 }, topics)
    } else await installPostgresTransport({ adminUrl: database.adminUrl, topics, services: everyone })
    const transportOf = (service: (typeof everyone)[number]): Transport =>
      broker
        ? createKafkaTransport({ brokers: broker.brokers, clientId: service, log })
        : openPostgresTransport({ connectionString: database.urls(service).appUrl, applicationName: service, log })
    const keyrings = await prepareKeyrings(folder, everyone, allEvents)
    const admin = createPool({
      connectionString: database.adminUrl,
      max: 2,
      applicationName: 'faults',
      statementTimeoutMs: 30_000,
    })
    closing.push(() => admin.end())

    const signingKey = generateSigningKey()
    const jwks = createServer((_request, response) => response.end(JSON.stringify({ keys: [publicJwkOf(signingKey)] })))
    await new Promise<void>((resolve) => jwks.listen(0, '127.0.0.1', resolve))
    closing.push(() => void jwks.close())
    const ports = { http: await freePort(), ops: await freePort(), sandbox: await freePort() }
    const url = `http://127.0.0.1:${ports.http}`
    const stateFile = join(folder, 'sandbox.jsonl')
    const sandbox = await keepProcess({
      entry: fileURLToPath(new URL('../../../packages/local/src/payment-sandbox/main.ts', import.meta.url)),
      env: {
        PAYMENT_SANDBOX_API_KEY: SECRETS.apiKey,
        PAYMENT_SANDBOX_WEBHOOK_SECRET: SECRETS.webhookSecret,
        PAYMENT_SANDBOX_PORT: String(ports.sandbox),
        PAYMENT_SANDBOX_WEBHOOK_URL: `${url}/v1/webhooks/payments`,
        PAYMENT_SANDBOX_STATE_FILE: stateFile,
        PAYMENT_SANDBOX_COPIES: '2',
        PAYMENT_SANDBOX_SHUFFLE_MS: '300',
      },
      logFile: join(folder, 'sandbox.log'),
      ready: async () => (await fetch(`http://127.0.0.1:${ports.sandbox}/v1/refunds`)).status === 401,
    })
    closing.push(() => sandbox.stop())
    const billing = await keepProcess({
      entry: fileURLToPath(new URL('../src/main.ts', import.meta.url)),
      env: {
        WELLGATE_ENV: 'development',
        WELLGATE_DEPLOYMENT: DEPLOYMENT,
        WELLGATE_HTTP_PORT: String(ports.http),
        WELLGATE_OPS_PORT: String(ports.ops),
        DATABASE_URL: database.urls('billing').appUrl,
        WELLGATE_KEYRING_FILE: keyrings['billing'] ?? '',
        WELLGATE_JWKS_URL: `http://127.0.0.1:${(jwks.address() as AddressInfo).port}/jwks.json`,
        WELLGATE_PAYMENT_URL: `http://127.0.0.1:${ports.sandbox}`,
        WELLGATE_PAYMENT_KEY: SECRETS.apiKey,
        WELLGATE_PAYMENT_WEBHOOK_SECRET: SECRETS.webhookSecret,
        WELLGATE_PAYMENT_TIMEOUT_MS: '1000',
        WELLGATE_PAYMENT_DOUBT_SECONDS: '1',
        ...(broker ? { WELLGATE_TRANSPORT: 'kafka', WELLGATE_KAFKA_BROKERS: broker.brokers.join(',') } : {}),
      },
      logFile: join(folder, 'billing.log'),
      ready: async () => (await fetch(`http://127.0.0.1:${ports.ops}/readyz`)).ok,
    })
    closing.push(() => billing.stop())
    const sealerOf = (service: (typeof everyone)[number]) => {
      const kms = openLocalKms({ path: keyrings[service] ?? '', production: false, allowInProduction: false })
      return createEventSealer({ kms, deployment: DEPLOYMENT })
    }
    const clinic = startClinic({
      appUrl: database.urls('appointments').appUrl,
      transport: transportOf('appointments'),
      eventSealer: sealerOf('appointments'),
      log,
    })
    closing.push(() => clinic.close())
    const issuer = createTokenIssuer({
      issuer: 'https://identity.wellgate.local',
      audience: 'wellgate',
      key: () => signingKey,
    })
    const facilityId = FacilityId.parse(randomUUID())
    return {
      url,
      admin,
      parts: new Map(Object.entries({ billing, ...(broker ? { broker } : {}), sandbox, postgres })),
      clinic,
      token: ({ roles = [], patientId }) =>
        issuer.issue({
          accountId: AccountId.parse(randomUUID()),
          sessionId: SessionId.parse(randomUUID()),
          patientId: patientId === undefined ? null : PatientId.parse(patientId),
          roles: roles.map((role) => ({ role, facilityId })),
          tokenVersion: 0,
        }).token,
      processor() {
        // The sandbox may be writing: what is torn is only torn off a copy.
        copyFileSync(stateFile, `${stateFile}.copy`)
        return openStore(`${stateFile}.copy`)
      },
      async published(contract) {
        const sealer = sealerOf('billing')
        if (!broker) return readPublished(admin, contract, sealer)
        return openRecords(await readTopic(transportOf('billing'), contract.topic), contract, sealer)
      },
      stop,
    }
  } catch (error) {
    await stop()
    throw error
  }
}
