import type { Lane } from '../contracts/event.ts'
import type { Logger } from '../observability/logger.ts'
import { createBackoff, createWake, orAborted, pause } from './backoff.ts'
import type { Bells } from './bells.ts'
import { type Destination, drainOnce, MAX_ROWS, tryLead } from './relay-sql.ts'
import { openSession, type Session } from './session.ts'

/**
 * How long a batch in hand may take once the relay closes: more than a broker that answers takes. One that says nothing is
 * left to whoever leads next, since a row is deleted only after the broker took it.
 */
const LEAVE_MS = 2_000

export interface LaneOptions extends Destination {
  readonly directUrl: string
  readonly schema: string
  readonly bells: Bells
  readonly log: Logger
  readonly pollMs: number
  readonly silenceMs?: number
  /** How many events the broker took of a batch; undefined when it took none. */
  onBatch(lane: Lane, taken: number | undefined): void
}

export interface LaneLoop {
  wake(): void
  close(): Promise<void>
}

/**
 * Publishes one lane of an outbox, in id order, while this process is its leader. The advisory lock and the deletes
 * share one connection: who loses the lock can no longer delete, so a change of leaders repeats but never loses.
 */
export function startLane(lane: Lane, options: LaneOptions): LaneLoop {
  const stop = new AbortController()
  const enough = new AbortController()
  const bell = createWake()
  const log = options.log.child({ lane })
  const backoff = createBackoff({ firstMs: 50, maxMs: 5_000 })

  const serve = async (session: Session) => {
    const { client, lost } = session
    const signal = AbortSignal.any([stop.signal, lost])
    let leads = false
    while (!signal.aborted) {
      leads ||= await tryLead(client, options.schema, lane)
      const published = leads ? await publishAll(client) : true
      if (published) await bell.wait(options.pollMs, signal)
      else await pause(backoff.next(), signal)
    }
    if (lost.aborted && !stop.signal.aborted) throw new Error('the connection was lost')
  }

  /** False when the broker did not take a batch, or not in time: it stays in the outbox and goes first next time. */
  const publishAll = async (client: Session['client']): Promise<boolean> => {
    let taken = MAX_ROWS
    while (taken > 0 && !stop.signal.aborted) {
      const result = await orAborted(drainOnce(client, lane, options), enough.signal)
      if (!result) {
        log.warn('a batch is left before it was taken; it goes out at the next start')
        return false
      }
      if ('refused' in result) {
        options.onBatch(lane, undefined)
        log.warn({ err: result.refused }, 'events could not be published; trying again')
        return false
      }
      if (result.count > 0) options.onBatch(lane, result.count)
      backoff.reset()
      taken = result.more ? MAX_ROWS : 0
    }
    return true
  }

  const run = async () => {
    while (!stop.signal.aborted) {
      let session: Session | undefined
      try {
        session = await openSession({
          connectionString: options.directUrl,
          applicationName: `${options.schema}-relay-${lane}`,
          ...(options.silenceMs === undefined ? {} : { silenceMs: options.silenceMs }),
        })
        await serve(session)
      } catch (error) {
        if (!stop.signal.aborted) log.warn({ err: error }, 'the relay was interrupted and begins anew')
      } finally {
        await session?.close()
      }
      await pause(backoff.next(), stop.signal)
    }
  }

  const deafen = options.bells.listen(`${options.schema}_outbox`, bell.wake)
  const running = run()
  return {
    wake: bell.wake,
    close: async () => {
      deafen()
      stop.abort()
      const limit = setTimeout(() => enough.abort(), LEAVE_MS)
      await running
      clearTimeout(limit)
    },
  }
}
