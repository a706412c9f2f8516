import type { EventContract, PayloadOf } from '../contracts/event.ts'
import type { ServiceName } from '../contracts/services.ts'
import { createEventSealer } from '../crypto/event-sealer.ts'
import { openLocalKms } from '../crypto/local-kms.ts'
import { createPool } from '../db/pool.ts'
import { withTx } from '../db/tx.ts'
import { createOutbox } from '../messaging/outbox.ts'
import { createLogger } from '../observability/logger.ts'
import { createMetrics } from '../observability/metrics.ts'
import { openPostgresTransport, openRelay } from './messaging.ts'

/** Another service, as far as its events go: its outbox and relay, with its own rights. */
export interface Neighbour {
  publish<C extends EventContract>(contract: C, payload: PayloadOf<C>, aggregateVersion: number): Promise<string>
  close(): Promise<void>
}

export function startNeighbour(options: {
  service: ServiceName
  appUrl: string
  keyring: string
  deployment: string
}): Neighbour {
  const { service, appUrl } = options
  const log = createLogger({ service, level: 'silent' })
  const kms = openLocalKms({ path: options.keyring, production: false, allowInProduction: false })
  const outbox = createOutbox({ service, eventSealer: createEventSealer({ kms, deployment: options.deployment }) })
  const pool = createPool({
    connectionString: appUrl,
    max: 2,
    applicationName: `${service}-neighbour`,
    statementTimeoutMs: 5_000,
  })
  const transport = openPostgresTransport({ connectionString: appUrl, applicationName: `${service}-neighbour`, log })
  const relay = openRelay({ directUrl: appUrl, schema: service, transport, log, metrics: createMetrics(service) })
  return {
    async publish(contract, payload, aggregateVersion) {
      const id = await withTx(pool, (tx) => outbox.append(tx, contract, { aggregateVersion, payload }))
      await relay.processAll()
      return id
    },
    async close() {
      await relay.close()
      await transport.close()
      await pool.end()
    },
  }
}
