import type { Pool } from 'pg'
import type { Logger } from '../../observability/logger.ts'
import { pause } from '../backoff.ts'

const HOUR_MS = 3_600_000

/** Deletes records older than their topic's retention, hourly; the database lets one process at a time do it. */
export function startRetention(pool: Pool, log: Logger): { close(): Promise<void> } {
  const stop = new AbortController()
  const run = async () => {
    while (!stop.signal.aborted) {
      await pause(HOUR_MS * (0.5 + Math.random()), stop.signal)
      try {
        while (!stop.signal.aborted && (await expire(pool)) === 10_000);
      } catch (error) {
        log.warn({ err: error }, 'old events were not deleted; trying again in an hour')
      }
    }
  }
  const running = run()
  return {
    close: async () => {
      stop.abort()
      await running
    },
  }
}

async function expire(pool: Pool): Promise<number> {
  const { rows } = await pool.query<{ deleted: number }>('SELECT events.expire()::int AS deleted')
  return rows[0]?.deleted ?? 0
}
