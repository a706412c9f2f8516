import type { Pool } from 'pg'
import { rows, statement } from '../db/query.ts'
import { type Tx, withTx } from '../db/tx.ts'
import type { LogRecord } from './transport.ts'

/** A record of one group, and the id under which the inbox remembers it. */
export interface Incoming {
  readonly group: string
  readonly id: string
  readonly record: LogRecord
}

interface Claim {
  readonly fresh: boolean
  readonly blocked: boolean
}

const CLAIM = statement<Claim>(
  'inbox_claim',
  `WITH fresh AS (
     INSERT INTO inbox (consumer_group, event_id) VALUES ($1, $2) ON CONFLICT DO NOTHING RETURNING 1)
   SELECT EXISTS (SELECT FROM fresh) AS fresh,
          EXISTS (SELECT FROM parked_event WHERE consumer_group = $1 AND topic = $3 AND key = $4) AS blocked`,
)
const LOCK_KEY = statement('parked_lock_key', `SELECT pg_advisory_xact_lock(hashtextextended($1, 0))`)
const BLOCKED = statement(
  'parked_is_blocked',
  'SELECT FROM parked_event WHERE consumer_group = $1 AND topic = $2 AND key = $3 LIMIT 1',
)
const PARK = statement(
  'parked_insert',
  `INSERT INTO parked_event (consumer_group, topic, key, event_id, message, cause, attempts)
   VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (consumer_group, event_id) DO NOTHING`,
)

/**
 * Runs the effect and remembers the event in one transaction, so the effect happens once. A key with a parked event
 * keeps its order: the record is parked behind it instead.
 */
export function applyOnce(
  pool: Pool,
  incoming: Incoming,
  effect: (tx: Tx) => Promise<void>,
): Promise<'handled' | 'duplicate' | 'parked-behind'> {
  return withTx(pool, async (tx) => {
    const claim = await claimEvent(tx, incoming)
    if (!claim.fresh) return 'duplicate'
    if (claim.blocked) {
      // A replay of this key may be ending right now: wait for it, then look again.
      await lockKey(tx, incoming.group, incoming.record)
      if (await isBlocked(tx, incoming)) {
        await insertParked(tx, incoming, 'an earlier event of this key is parked', 0)
        return 'parked-behind'
      }
    }
    await effect(tx)
    return 'handled'
  })
}

/** Sets an event aside with its cause and remembers it, in one transaction; from now on its key waits. */
export function park(pool: Pool, incoming: Incoming, cause: string, attempts: number): Promise<'parked' | 'duplicate'> {
  return withTx(pool, async (tx) => {
    const claim = await claimEvent(tx, incoming)
    if (!claim.fresh) return 'duplicate'
    await lockKey(tx, incoming.group, incoming.record)
    await insertParked(tx, incoming, cause, attempts)
    return 'parked'
  })
}

/** Held by whoever decides whether a key is blocked, until the commit: the consumer and a replay take turns. */
export async function lockKey(tx: Tx, group: string, { topic, key }: { topic: string; key: string }): Promise<void> {
  await rows(tx, LOCK_KEY, [`wellgate.parked\n${group}\n${topic}\n${key}`])
}

async function claimEvent(tx: Tx, { group, id, record }: Incoming): Promise<Claim> {
  const [claim] = await rows(tx, CLAIM, [group, id, record.topic, record.key])
  if (!claim) throw new Error('unreachable: a SELECT without FROM has one row')
  return claim
}

async function isBlocked(tx: Tx, { group, record }: Incoming): Promise<boolean> {
  return (await rows(tx, BLOCKED, [group, record.topic, record.key])).length > 0
}

async function insertParked(tx: Tx, { group, id, record }: Incoming, cause: string, attempts: number): Promise<void> {
  await rows(tx, PARK, [group, record.topic, record.key, id, JSON.stringify(record), cause, attempts])
}
