import type { Pool } from 'pg'
import type { Logger } from '../observability/logger.ts'
import { gaugeOf, type Metrics } from '../observability/metrics.ts'
import { platformMetrics } from '../observability/platform-metrics.ts'
import { pause } from './backoff.ts'
import type { Transport } from './transport.ts'

const EVERY_MS = 10_000

/** Keeps the gauges of unread and of parked events of a group fresh, until closed. An outage leaves the last values. */
export function startConsumerGauges(options: {
  group: string
  topics: readonly string[]
  pool: Pool
  transport: Pick<Transport, 'lag'>
  metrics: Metrics
  log: Logger
}): { close(): Promise<void> } {
  const { group, topics, pool, transport, metrics } = options
  const lag = gaugeOf(metrics, platformMetrics.lag)
  const parked = gaugeOf(metrics, platformMetrics.parked)
  const parkedAge = gaugeOf(metrics, platformMetrics.parkedAge)
  const stop = new AbortController()
  const measure = async () => {
    for (const [topic, unread] of Object.entries(await transport.lag(group, topics))) lag.set({ group, topic }, unread)
    const text = `SELECT count(*)::int AS count, extract(epoch FROM now() - min(parked_at))::float8 AS age
                  FROM parked_event WHERE consumer_group = $1`
    const { rows } = await pool.query<{ count: number; age: number | null }>(text, [group])
    parked.set({ group }, rows[0]?.count ?? 0)
    parkedAge.set({ group }, rows[0]?.age ?? 0)
  }
  const run = async () => {
    while (!stop.signal.aborted) {
      await measure().catch((error: unknown) => options.log.debug({ err: error, group }, 'gauges were not refreshed'))
      await pause(EVERY_MS, stop.signal)
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
