import type { Pool } from 'pg'
import type { Logger } from '../observability/logger.ts'
import { gauge, type Metrics } from '../observability/metrics.ts'
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
  const lag = gauge(metrics, 'wellgate_consumer_lag', 'Events the group has not read', ['group', 'topic'])
  const parked = gauge(metrics, 'wellgate_parked_events', 'Events set aside, with those behind them', ['group'])
  const stop = new AbortController()
  const measure = async () => {
    for (const [topic, unread] of Object.entries(await transport.lag(group, topics))) lag.set({ group, topic }, unread)
    const text = 'SELECT count(*)::int AS count FROM parked_event WHERE consumer_group = $1'
    const { rows } = await pool.query<{ count: number }>(text, [group])
    parked.set({ group }, rows[0]?.count ?? 0)
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
