import type { Pool } from 'pg'
import { rows, statement } from '../db/query.ts'
import { withTx } from '../db/tx.ts'
import { causeOf, isOutage } from './failure.ts'
import { type EventHandler, openEvent, routeRecord, tableOf } from './handlers.ts'
import { lockKey } from './inbox.ts'
import type { EventSealer } from '../crypto/event-sealer.ts'
import type { LogRecord } from './transport.ts'

/** One event set aside, without its content. */
export interface ParkedEvent {
  readonly id: string
  readonly group: string
  readonly topic: string
  readonly key: string
  readonly eventId: string
  readonly cause: string
  readonly attempts: number
  readonly parkedAt: Date
}

export interface ReplayResult {
  readonly replayed: number
  /** One a key: the event at which its replay stopped; its successors wait behind it. */
  readonly failed: readonly { readonly eventId: string; readonly key: string; readonly cause: string }[]
}

const LIST = statement<ParkedEvent>(
  'parked_list',
  `SELECT id::text, consumer_group AS "group", topic, key, event_id AS "eventId", cause, attempts,
          parked_at AS "parkedAt"
   FROM parked_event WHERE ($1::text IS NULL OR consumer_group = $1) ORDER BY parked_event.id LIMIT 1000`,
)
const KEYS = statement<{ topic: string; key: string }>(
  'parked_keys',
  `SELECT topic, key FROM parked_event
   WHERE consumer_group = $1 AND ($2::text IS NULL OR key = $2) GROUP BY topic, key ORDER BY min(id)`,
)
interface Parked {
  readonly id: string
  readonly event_id: string
  readonly message: LogRecord
}

const FIRST = statement<Parked>(
  'parked_first',
  `SELECT id::text, event_id, message FROM parked_event
   WHERE consumer_group = $1 AND topic = $2 AND key = $3 ORDER BY parked_event.id LIMIT 1 FOR UPDATE`,
)
const DELETE = statement('parked_delete', 'DELETE FROM parked_event WHERE id = $1')
const FAILED = statement('parked_failed', 'UPDATE parked_event SET cause = $2, attempts = attempts + 1 WHERE id = $1')
const DISCARD = statement(
  'parked_discard',
  'DELETE FROM parked_event WHERE consumer_group = $1 AND event_id = $2 RETURNING 1',
)

/** The oldest 1,000 events set aside, of one group or of all. */
export function listParked(pool: Pool, group?: string): Promise<ParkedEvent[]> {
  return rows(pool, LIST, [group ?? null])
}

/**
 * Handles parked events again, in order per key, each in its own transaction; of one key or of all. A key stops at its
 * first failure, whose cause is kept. Safe beside a running consumer. Rejects when the database is away.
 */
export async function replayParked(options: {
  service: string
  group: string
  pool: Pool
  handlers: readonly EventHandler[]
  eventSealer?: EventSealer
  key?: string
}): Promise<ReplayResult> {
  const { group, pool } = options
  const table = tableOf(options.service, options.handlers)
  const failed: { eventId: string; key: string; cause: string }[] = []
  let replayed = 0
  for (const place of await rows(pool, KEYS, [group, options.key ?? null])) {
    for (;;) {
      const step = await replayFirst(pool, group, place, (record) => effectOf(table, record, options.eventSealer))
      if (step === 'empty') break
      if (step !== 'done') {
        failed.push({ ...step, key: place.key })
        break
      }
      replayed += 1
    }
  }
  return { replayed, failed }
}

/**
 * Drops one parked event for good, so that its key can go on without its effect: an operator's decision for what cannot
 * be mended. True when it was there.
 */
export async function discardParked(pool: Pool, event: { group: string; eventId: string }): Promise<boolean> {
  return (await rows(pool, DISCARD, [event.group, event.eventId])).length > 0
}

async function effectOf(table: ReadonlyMap<string, EventHandler>, record: LogRecord, sealer: EventSealer | undefined) {
  const route = routeRecord(table, record)
  if (!route) throw new Error('no handler for this type')
  return openEvent(route, sealer)
}

type Step = 'empty' | 'done' | { readonly eventId: string; readonly cause: string }

async function replayFirst(
  pool: Pool,
  group: string,
  place: { topic: string; key: string },
  effect: (record: LogRecord) => ReturnType<typeof effectOf>,
): Promise<Step> {
  let current: Parked | undefined
  try {
    return await withTx(pool, async (tx) => {
      await lockKey(tx, group, place)
      ;[current] = await rows(tx, FIRST, [group, place.topic, place.key])
      if (!current) return 'empty'
      const run = await effect(current.message)
      await run(tx)
      await rows(tx, DELETE, [current.id])
      return 'done'
    })
  } catch (error) {
    if (!current || isOutage(error)) throw error
    const cause = causeOf(error)
    await rows(pool, FAILED, [current.id, cause])
    return { eventId: current.event_id, cause }
  }
}
