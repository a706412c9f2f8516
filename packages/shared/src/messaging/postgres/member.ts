import type { Client } from 'pg'
import type { Logger } from '../../observability/logger.ts'
import { createBackoff, createWake, pause } from '../backoff.ts'
import type { Bells } from '../bells.ts'
import { lookEveryMs } from '../lanes.ts'
import { openSession, type Session } from '../session.ts'
import type { SubscribeOptions } from '../transport.ts'

export interface Member {
  close(): Promise<void>
}

interface Claimed {
  readonly topic: string
  readonly partition: number
  /** Null where the claim has passed over what is not for this group. */
  readonly offset: string | null
  readonly key: string
  readonly headers: string
  readonly message: string
}

const CLAIM = { name: 'events_claim', text: 'SELECT * FROM events.claim($1, $2, $3, $4, $5)' }
const ADVANCE = { name: 'events_advance', text: 'SELECT events.advance($1, $2, $3, $4)' }
const MAX_RECORDS = 100
const MAX_BYTES = 4 * 1024 * 1024
/** Like Kafka's session timeout: a member that is frozen for so long loses its partition. */
const SESSION_TIMEOUT_MS = 45_000

/**
 * One member of a group: claims a partition by a row lock, handles its batch inside that transaction, moves the
 * offset, commits. The lock is the membership, so no lease or epoch can go stale. Lives until `close`.
 */
export function startMember(
  options: { connectionString: string; applicationName: string; bells: Bells; log: Logger; pollMs?: number },
  subscription: SubscribeOptions,
): Member {
  const stop = new AbortController()
  const backoff = createBackoff({ firstMs: 50, maxMs: 5_000 })
  const bell = createWake()
  const log = options.log.child({ transport: 'postgres', group: subscription.group })
  const pollMs = options.pollMs ?? lookEveryMs(subscription.lane ?? 'default')

  const serve = async (session: Session) => {
    const signal = AbortSignal.any([stop.signal, session.lost])
    await session.client.query('SELECT events.join_group($1, $2)', [subscription.group, subscription.topics])
    while (!signal.aborted) {
      const handled = await handleBatch(session.client, subscription, signal)
      backoff.reset()
      if (!handled) await bell.wait(pollMs, signal)
    }
    if (session.lost.aborted && !stop.signal.aborted) throw new Error('the connection was lost')
  }

  const run = async () => {
    while (!stop.signal.aborted) {
      let session: Session | undefined
      try {
        session = await openSession({
          connectionString: options.connectionString,
          applicationName: `${options.applicationName}-consumer`,
          idleInTransactionMs: SESSION_TIMEOUT_MS,
        })
        await serve(session)
      } catch (error) {
        if (!stop.signal.aborted) log.warn({ err: error }, 'a consumer was interrupted and begins anew')
      } finally {
        await session?.close()
      }
      await pause(backoff.next(), stop.signal)
    }
  }

  const deafen = subscription.topics.map((topic) => options.bells.listen(`events_${topic}`, bell.wake))
  const running = run()
  return {
    close: async () => {
      for (const leave of deafen) leave()
      stop.abort()
      await running
    },
  }
}

/**
 * Handles one claimed batch, or passes over what is not for the group; false when there was nothing unread. Rejects when a
 * message did, after keeping the rest.
 */
async function handleBatch(client: Client, subscription: SubscribeOptions, signal: AbortSignal): Promise<boolean> {
  const { group, topics, types = null } = subscription
  await client.query('BEGIN')
  const batch = (await client.query<Claimed>({ ...CLAIM, values: [group, topics, types, MAX_RECORDS, MAX_BYTES] })).rows
  const [first] = batch
  if (!first || first.offset === null) {
    await client.query('COMMIT')
    return first !== undefined
  }
  const heart = startHeartbeat(client)
  let next = Number(first.offset)
  let failure: { readonly error: unknown } | undefined
  try {
    for (const record of batch) {
      if (signal.aborted) break
      await subscription.onMessage(toRecord(record), { signal })
      next = Number(record.offset) + 1
    }
  } catch (error) {
    failure = { error }
  } finally {
    await heart.stop()
  }
  await client.query({ ...ADVANCE, values: [group, first.topic, first.partition, next] })
  await client.query('COMMIT')
  if (failure && !signal.aborted) throw failure.error
  return true
}

const toRecord = (claimed: Claimed) => ({
  topic: claimed.topic,
  key: claimed.key,
  headers: JSON.parse(claimed.headers) as Record<string, string>,
  value: claimed.message,
})

/** Tells the server that the holder of the transaction lives. One statement at a time on the connection. */
function startHeartbeat(client: Client): { stop(): Promise<void> } {
  let beating: Promise<unknown> = Promise.resolve()
  const timer = setInterval(() => {
    beating = beating.then(() => client.query('SELECT 1')).catch(() => undefined)
  }, SESSION_TIMEOUT_MS / 4)
  return {
    stop: async () => {
      clearInterval(timer)
      await beating
    },
  }
}
