import type { EventContract, Lane } from '../contracts/event.ts'
import type { Logger } from '../observability/logger.ts'
import { counterOf, type Metrics } from '../observability/metrics.ts'
import { platformMetrics } from '../observability/platform-metrics.ts'
import type { Tracing } from '../observability/tracing.ts'
import { pause } from './backoff.ts'
import type { Bells } from './bells.ts'
import { wireType } from './envelope.ts'
import { LANES, lookEveryMs } from './lanes.ts'
import { type LaneLoop, startLane } from './relay-lane.ts'
import { type Destination, drainOnce, lockName } from './relay-sql.ts'
import { openSession } from './session.ts'
import type { Transport } from './transport.ts'

export interface Relay {
  /** Begins to publish; a database or broker that is away is waited for. */
  start(): void
  /** Publishes all that the outbox holds now, in order, and resolves when it is empty. For tests and commands. */
  processAll(): Promise<void>
  /** Stops after the batch in hand, which is waited for as long as a broker that answers may take. */
  close(): Promise<void>
}

/**
 * Moves a service's outbox to the transport: one leader per lane over all processes (advisory lock), at least once, in
 * order per aggregate. Lanes are independent, so a bulk import never delays an access event.
 */
export function createRelay(options: {
  /** Not a pooler's URL: locks need a session. The login role's search_path finds the outbox. */
  directUrl: string
  /** The service's schema; also names the leader's lock and the channel `<schema>_outbox`. */
  schema: string
  transport: Pick<Transport, 'publish'>
  bells: Bells
  /** What the service publishes: nobody is woken for what nobody reads. Without it, somebody is for each. */
  events?: readonly EventContract[]
  log: Logger
  metrics: Metrics
  lanes?: readonly Lane[]
  /** The net under NOTIFY, and how often a process asks whether it leads; by the lane's own ({@link lookEveryMs}) unless told. */
  pollMs?: number
  /** How long the database may hear nothing of a leader before another may lead; two minutes by default. */
  silenceMs?: number
  /** Without it, traces are passed on and none are kept. */
  tracing?: Tracing
}): Relay {
  const lanes = options.lanes ?? LANES
  const published = counterOf(options.metrics, platformMetrics.published)
  const refused = counterOf(options.metrics, platformMetrics.refused)
  // At 0 from the start, so that a first failure is an increase.
  for (const lane of lanes) for (const made of [published, refused]) made.inc({ lane }, 0)
  const onBatch = (lane: Lane, taken: number | undefined): void =>
    taken === undefined ? refused.inc({ lane }) : published.inc({ lane }, taken)
  const unread = new Set(options.events?.filter(({ readers }) => readers.length === 0).map(wireType))
  const source = { ...options, unread }
  let loops: LaneLoop[] = []
  const settingsOf = (lane: Lane) => ({ ...source, pollMs: options.pollMs ?? lookEveryMs(lane), onBatch })
  return {
    start: () => {
      if (loops.length === 0) loops = lanes.map((lane) => startLane(lane, settingsOf(lane)))
    },
    processAll: () => (loops.length > 0 ? untilEmpty(options, lanes, loops) : drainAll(source, lanes)),
    close: async () => {
      await Promise.all(loops.map((loop) => loop.close()))
      loops = []
    },
  }
}

type Source = Pick<Parameters<typeof createRelay>[0], 'directUrl' | 'schema'>

async function drainAll(
  { directUrl, schema, ...destination }: Source & Destination,
  lanes: readonly Lane[],
): Promise<void> {
  const session = await openSession({ connectionString: directUrl, applicationName: `${schema}-relay` })
  try {
    for (const lane of lanes) {
      await session.client.query('SELECT pg_advisory_lock(hashtextextended($1, 0))', [lockName(schema, lane)])
      for (let more = true; more;) {
        const result = await drainOnce(session.client, lane, destination)
        if ('refused' in result) throw result.refused
        more = result.more
      }
    }
  } finally {
    await session.close()
  }
}

async function untilEmpty({ directUrl, schema }: Source, lanes: readonly Lane[], loops: LaneLoop[]): Promise<void> {
  const session = await openSession({ connectionString: directUrl, applicationName: `${schema}-relay` })
  try {
    for (;;) {
      for (const loop of loops) loop.wake()
      const text = 'SELECT count(*)::int AS left FROM outbox WHERE lane = ANY ($1)'
      const { rows } = await session.client.query<{ left: number }>(text, [lanes])
      if (rows[0]?.left === 0) return
      await pause(10)
    }
  } finally {
    await session.close()
  }
}
