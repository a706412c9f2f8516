import { v7 as uuidv7 } from 'uuid'
import type { JwksSource } from '../access/jwks.ts'
import type { ServiceName } from '../contracts/services.ts'
import { createBlindIndex, type BlindIndex } from '../crypto/blind-index.ts'
import { countedKms } from '../crypto/counted-kms.ts'
import { createDataKeys, type DataKeys } from '../crypto/data-keys.ts'
import { createEventSealer, type EventSealer } from '../crypto/event-sealer.ts'
import type { Kms } from '../crypto/kms.ts'
import { openLocalKms } from '../crypto/local-kms.ts'
import { createSealer, type Sealer } from '../crypto/sealer.ts'
import { openServiceKeys } from '../crypto/service-keys.ts'
import { createPool, type Pool } from '../db/pool.ts'
import { type Bells, createBells } from '../messaging/bells.ts'
import { createOutbox, type Outbox } from '../messaging/outbox.ts'
import type { Transport } from '../messaging/transport.ts'
import type { Logger } from '../observability/logger.ts'
import { type Metrics, readGauge } from '../observability/metrics.ts'
import { platformMetrics } from '../observability/platform-metrics.ts'
import type { ServiceConfig } from './config.ts'
import { createTransport } from './transport.ts'

/** What the platform gives a service's composition root. */
export interface Platform {
  readonly service: ServiceName
  readonly deployment: string
  readonly log: Logger
  readonly metrics: Metrics
  readonly pool: Pool
  readonly sealer: Sealer
  readonly dataKeys: DataKeys
  readonly eventSealer: EventSealer
  readonly outbox: Outbox
  readonly transport: Transport
  readonly now: () => Date
  /** A UUIDv7: ids of one service sort by the time they were given. */
  readonly newId: () => string
  /** A blind index of this service, by label; 256 bits (unique, no false positives) unless fewer are asked for. */
  blindIndex(label: string, bits?: number): BlindIndex
}

/** What tests and other deployments put in place of the platform's own. */
export interface PlatformOverrides {
  readonly kms?: Kms
  readonly transport?: Transport
  readonly jwks?: JwksSource
  readonly now?: () => Date
  /** An answer that its contract does not declare becomes an error that a test sees. */
  readonly strictAnswers?: boolean
}

export interface OpenPlatform extends Platform {
  readonly bells: Bells
  /** Closes what was opened here, last opened first. */
  close(): Promise<void>
}

/** Opens what a service with a database rests on: pools, keys, sealers, outbox, transport. Closes all of it again if one fails. */
export async function openPlatform(
  service: ServiceName,
  config: ServiceConfig,
  options: { log: Logger; metrics: Metrics; overrides?: PlatformOverrides },
): Promise<OpenPlatform> {
  const { log, metrics, overrides = {} } = options
  const deployment = config.WELLGATE_DEPLOYMENT
  const opened: (() => Promise<void> | void)[] = []
  const close = async (): Promise<void> => {
    for (const closing of opened.splice(0).toReversed()) await closing()
  }
  try {
    const poolOf = (connectionString: string, max: number, suffix: string): Pool => {
      const pool = createPool({
        connectionString,
        max,
        applicationName: `${service}${suffix}`,
        statementTimeoutMs: config.WELLGATE_STATEMENT_TIMEOUT_MS,
        metrics,
        log,
      })
      opened.push(() => pool.end())
      return pool
    }
    const pool = poolOf(config.DATABASE_URL, config.WELLGATE_POOL_MAX, '')
    const keysPool = config.KEYS_DATABASE_URL ? poolOf(config.KEYS_DATABASE_URL, 2, '-keys') : pool

    const kms = countedKms(
      overrides.kms ??
        openLocalKms({
          path: config.WELLGATE_KEYRING_FILE,
          production: config.WELLGATE_ENV === 'production',
          allowInProduction: config.WELLGATE_KEYRING_IN_PRODUCTION,
        }),
      metrics,
    )
    const scope = { pool: keysPool, schema: `${service}_keys`, deployment, service, kms }
    const onProblem = (error: unknown): void => log.error({ err: error }, 'the KMS did not confirm the service keys')
    const serviceKeys = await openServiceKeys({ ...scope, onProblem })
    opened.push(() => serviceKeys.close())
    readGauge(metrics, platformMetrics.serviceKeysConfirmed, (gauge) =>
      gauge.set(serviceKeys.ages().confirmedMs / 1000),
    )
    readGauge(metrics, platformMetrics.serviceKeyAge, (gauge) => {
      for (const [purpose, ms] of Object.entries(serviceKeys.ages().usedMs)) gauge.set({ purpose }, ms / 1000)
    })
    const dataKeys = createDataKeys({ ...scope, serviceKeys, metrics })
    const eventSealer = createEventSealer({ kms, deployment })

    const connectionString = config.DIRECT_DATABASE_URL ?? config.DATABASE_URL
    const bells = createBells({ connectionString, applicationName: `${service}-bells`, log })
    opened.push(() => bells.close())
    const transport = overrides.transport ?? (await createTransport(service, config, { log, bells }))
    if (!overrides.transport) opened.push(() => transport.close())

    return {
      service,
      deployment,
      log,
      metrics,
      pool,
      dataKeys,
      eventSealer,
      bells,
      transport,
      sealer: createSealer({ deployment, service, keys: dataKeys, metrics }),
      outbox: createOutbox({ service, eventSealer }),
      now: overrides.now ?? (() => new Date()),
      newId: () => uuidv7(),
      blindIndex: (label, bits = 256) => createBlindIndex({ key: serviceKeys.indexKey(), label, bits }),
      close,
    }
  } catch (error) {
    await close()
    throw error
  }
}
