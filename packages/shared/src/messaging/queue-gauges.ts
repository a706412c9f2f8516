import type { Pool } from 'pg'
import type { Logger } from '../observability/logger.ts'
import { gaugeOf, type Metrics } from '../observability/metrics.ts'
import { platformMetrics } from '../observability/platform-metrics.ts'
import { orAborted, pause } from './backoff.ts'
import { LANES } from './lanes.ts'
import type { Transport } from './transport.ts'

const EVERY_MS = 10_000

const OUTBOX = `SELECT count(*)::int AS count, extract(epoch FROM now() - min(created_at))::float8 AS age
                FROM (SELECT created_at FROM outbox WHERE lane = $1 ORDER BY id LIMIT 100000) o`
const PARKED = `SELECT count(*)::int AS count, extract(epoch FROM now() - min(parked_at))::float8 AS age
                FROM parked_event WHERE consumer_group = $1`

/**
 * Keeps the gauges of what waits fresh, until closed: events of a service that are unsent, unread and parked. Every
 * process of it tells all of it, so that a queue shows also when the process whose work it is has died. Counting an
 * outbox stops at 100,000. An outage leaves the last values of what cannot be read.
 */
export function startQueueGauges(options: {
  groups: readonly { readonly group: string; readonly topics: readonly string[] }[]
  pool: Pool
  transport: Pick<Transport, 'lag'>
  metrics: Metrics
  log: Logger
  /** 10 s by default. */
  everyMs?: number
}): { close(): Promise<void> } {
  const { pool, transport, metrics, log, everyMs = EVERY_MS } = options
  const groups = options.groups.filter(({ topics }) => topics.length > 0)
  const depth = gaugeOf(metrics, platformMetrics.outboxDepth)
  const age = gaugeOf(metrics, platformMetrics.outboxAge)
  const lag = gaugeOf(metrics, platformMetrics.lag)
  const parked = gaugeOf(metrics, platformMetrics.parked)
  const parkedAge = gaugeOf(metrics, platformMetrics.parkedAge)
  const count = async (text: string, of: string) =>
    (await pool.query<{ count: number; age: number | null }>(text, [of])).rows[0]
  const own = [
    ...LANES.map((lane) => async () => {
      const waiting = await count(OUTBOX, lane)
      depth.set({ lane }, waiting?.count ?? 0)
      age.set({ lane }, waiting?.age ?? 0)
    }),
    ...groups.map(({ group }) => async () => {
      const aside = await count(PARKED, group)
      parked.set({ group }, aside?.count ?? 0)
      parkedAge.set({ group }, aside?.age ?? 0)
    }),
  ]
  const brokers = groups.map(({ group, topics }) => async () => {
    for (const [topic, unread] of Object.entries(await transport.lag(group, topics))) lag.set({ group, topic }, unread)
  })
  const stop = new AbortController()
  const repeat = async (looks: readonly (() => Promise<void>)[]) => {
    while (!stop.signal.aborted) {
      for (const look of looks) {
        // One after the other, and each by itself: what one cannot read, the next one may.
        if (!stop.signal.aborted)
          // A gauge is nothing to wait for.
          await orAborted(look(), stop.signal).catch((error: unknown) =>
            log.debug({ err: error }, 'a gauge was not refreshed'),
          )
      }
      await pause(everyMs, stop.signal)
    }
  }
  // A broker that is silent, and not away, takes as long as its client waits: meanwhile the outbox is what is asked for.
  const running = Promise.all([repeat(own), repeat(brokers)])
  return {
    close: async () => {
      stop.abort()
      await running
    },
  }
}
