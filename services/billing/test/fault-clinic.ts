import { randomUUID } from 'node:crypto'
import { visitCompleted } from '@wellgate/shared/contracts/appointments/events'
import type { EventSealer } from '@wellgate/shared/crypto/event-sealer'
import { createPool } from '@wellgate/shared/db/pool'
import { withTx } from '@wellgate/shared/db/tx'
import { createOutbox } from '@wellgate/shared/messaging/outbox'
import { openRelay } from '@wellgate/shared/testing/messaging'
import type { LogRecord, Transport } from '@wellgate/shared/messaging/transport'
import type { Logger } from '@wellgate/shared/observability/logger'
import { createMetrics } from '@wellgate/shared/observability/metrics'
import { completedVisit } from './completed-visit.ts'
import { until } from './fault-processes.ts'

/** Appointments, as far as billing hears of it: its outbox and a relay that goes on whatever is killed. */
export interface Clinic {
  /** A visit took place. Resolves when that is stored; it is told when the broker is there. */
  visit(of: { appointmentId: string; patientId: string; priceCode: string }): Promise<void>
  close(): Promise<void>
}

export function startClinic(options: {
  appUrl: string
  transport: Transport
  eventSealer: EventSealer
  log: Logger
}): Clinic {
  const { appUrl, transport, log } = options
  const service = 'appointments'
  const outbox = createOutbox({ service, eventSealer: options.eventSealer })
  const pool = createPool({ connectionString: appUrl, max: 4, applicationName: 'clinic', statementTimeoutMs: 5_000 })
  const relay = openRelay({ directUrl: appUrl, schema: service, transport, log, metrics: createMetrics(service) })
  relay.start()
  return {
    async visit(of) {
      const payload = completedVisit({ ...of, start: new Date().toISOString() })
      await withTx(pool, (tx) => outbox.append(tx, visitCompleted, { aggregateVersion: 1, payload }))
    },
    async close() {
      await relay.close()
      await transport.close()
      await pool.end()
    },
  }
}

/** Every record of a topic that there is now, as a group that is new reads it. Ends the transport. */
export async function readTopic(transport: Transport, topic: string): Promise<LogRecord[]> {
  const records: LogRecord[] = []
  const group = `faults-${randomUUID()}`
  transport.subscribe({ group, topics: [topic], onMessage: async (record) => void records.push(record) })
  try {
    await until(60_000, `${topic} is read`, async () => {
      const unread = Object.values(await transport.lag(group, [topic]))
      return unread.length > 0 && unread.every((left) => left === 0)
    })
  } finally {
    await transport.close()
  }
  return records
}
