// A member of a group in a process of its own, to be killed: handles the events of one key slowly.
import { createConsumer } from '../../src/messaging/consumer.ts'
import { handle } from '../../src/messaging/handlers.ts'
import { createKafkaTransport } from '../../src/messaging/kafka/kafka-transport.ts'
import { openPostgresTransport } from '../../src/testing/messaging.ts'
import { counted, metrics, poolOf, recordEffect, silent } from './fixtures.ts'

const { TRANSPORT, URL: url = '', BROKERS = '', RECORDS_URL = '', GROUP = '', KEY } = process.env

const transport =
  TRANSPORT === 'kafka'
    ? createKafkaTransport({ brokers: BROKERS.split(','), clientId: 'child', log: silent, sessionTimeoutMs: 2_000 })
    : openPostgresTransport({ connectionString: url, applicationName: 'child', log: silent })

createConsumer({
  service: 'records',
  group: GROUP,
  pool: poolOf(RECORDS_URL),
  transport,
  handlers: [
    handle(counted, async (tx, { payload }) => {
      if (payload.id !== KEY) return
      await recordEffect(tx, payload, `${GROUP}/child`)
      await tx.query('SELECT pg_sleep(0.05)')
    }),
  ],
  log: silent,
  metrics: metrics(),
}).start()
