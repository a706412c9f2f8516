import { Client } from 'pg'
import { installPostgresTransport } from '../../src/messaging/postgres/install.ts'
import { topicsOf } from '../../src/messaging/topics.ts'
import { openPostgresTransport } from '../../src/testing/messaging.ts'
import { testAdminUrl, type TestDatabase } from '../../src/testing/postgres.ts'
import type { Broker } from './bench.ts'
import { silent, testEvents } from './fixtures.ts'

/** The postgres transport of a test database. An outage: the database takes no connections and loses those it has. */
export async function postgresBroker(database: TestDatabase): Promise<Broker> {
  await installPostgresTransport({ adminUrl: database.adminUrl, topics: topicsOf(testEvents) })
  const name = new URL(database.adminUrl).pathname.slice(1)
  const allow = async (allowed: boolean) => {
    const admin = new Client({ connectionString: testAdminUrl() })
    await admin.connect()
    await admin.query(`ALTER DATABASE ${name} WITH ALLOW_CONNECTIONS ${allowed}`)
    if (!allowed) await admin.query('SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1', [name])
    await admin.end()
  }
  return {
    transport: (service) =>
      openPostgresTransport({
        connectionString: database.urls(service).appUrl,
        applicationName: service,
        log: silent,
        pollMs: 200,
      }),
    stop: () => allow(false),
    start: () => allow(true),
    stored: async () => {
      const admin = new Client({ connectionString: database.adminUrl })
      await admin.connect()
      const { rows } = await admin.query<{ row: string }>('SELECT log::text AS row FROM events.log')
      await admin.end()
      return Buffer.from(rows.map(({ row }) => row).join('\n'))
    },
    child: { TRANSPORT: 'postgres', URL: database.urls('records').appUrl },
    close: async () => {},
  }
}
