import { createPool } from '../../db/pool.ts'
import type { Logger } from '../../observability/logger.ts'
import type { Bells } from '../bells.ts'
import type { Transport } from '../transport.ts'
import { startMember, type Member } from './member.ts'
import { startRetention } from './retention.ts'

const PUBLISH = {
  name: 'events_publish',
  text: 'SELECT events.publish($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[])',
}

/**
 * The transport for one machine: topics are tables of schema `events` of the same server. `connectionString` is a
 * direct URL of the service's login role. Reconnects by itself, with backoff; never ends the process.
 */
export function createPostgresTransport(options: {
  connectionString: string
  /** Shown in pg_stat_activity: the service. */
  applicationName: string
  bells: Bells
  log: Logger
  /** The net under NOTIFY; by the subscription's lane unless told. */
  pollMs?: number
}): Transport {
  const pool = createPool({
    connectionString: options.connectionString,
    max: 3,
    applicationName: `${options.applicationName}-events`,
    statementTimeoutMs: 30_000,
  })
  const members = new Set<Member>()
  const retention = startRetention(pool, options.log)
  return {
    name: 'postgres',
    publish: async (records) => {
      if (records.length === 0) return
      await pool.query(PUBLISH, [
        records.map((record) => record.topic),
        records.map((record) => record.key),
        records.map((record) => record.type ?? null),
        records.map((record) => JSON.stringify(record.headers)),
        records.map((record) => record.value),
        [...new Set(records.filter(({ quiet }) => !quiet).map(({ topic }) => topic))],
      ])
    },
    subscribe: (subscription) => {
      const mine = Array.from({ length: subscription.concurrency ?? 1 }, () => startMember(options, subscription))
      for (const member of mine) members.add(member)
      return {
        close: async () => {
          await Promise.all(mine.map((member) => member.close()))
          for (const member of mine) members.delete(member)
        },
      }
    },
    health: async () => {
      await pool.query('SELECT 1')
    },
    lag: async (group, topics) => {
      const text = 'SELECT topic, unread::float8 AS unread FROM events.lag($1, $2)'
      const found = await pool.query<{ topic: string; unread: number }>(text, [group, topics])
      return Object.fromEntries(found.rows.map((row) => [row.topic, row.unread]))
    },
    close: async () => {
      await Promise.all([...members].map((member) => member.close()))
      await retention.close()
      await pool.end()
    },
  }
}
