import type { Client } from 'pg'
import type { Lane } from '../contracts/event.ts'
import type { Envelope } from './envelope.ts'
import { encodeMessage } from './message.ts'
import type { Tracing } from '../observability/tracing.ts'
import { publishTraced } from './trace-messages.ts'
import type { Transport } from './transport.ts'

export const MAX_ROWS = 500
const MAX_BYTES = 4 * 1024 * 1024

interface OutboxRow {
  readonly id: string
  readonly event_id: string
  readonly topic: string
  readonly key: string
  readonly envelope: Envelope
  readonly payload: Buffer | null
  readonly headers: Record<string, string>
  readonly more: boolean
}

// Id order is commit order per aggregate, because the aggregate's row lock is held when a row is appended.
const READ = {
  name: 'relay_read',
  text: `SELECT id, event_id, topic, key, envelope, payload, headers, total > bytes OR n = $2 AS more
         FROM (SELECT *, row_number() OVER (ORDER BY id) AS n,
                      sum(size) OVER (ORDER BY id) AS bytes, sum(size) OVER () AS total
               FROM (SELECT *, coalesce(octet_length(payload), 0) + 2048 AS size
                     FROM outbox WHERE lane = $1 ORDER BY id LIMIT $2) o) o
         WHERE bytes <= $3 OR n = 1 ORDER BY id`,
}
const DELETE = { name: 'relay_delete', text: 'DELETE FROM outbox WHERE id = ANY ($1::bigint[])' }

/** Where a relay publishes to, and how. */
export interface Destination {
  readonly transport: Pick<Transport, 'publish'>
  readonly tracing?: Tracing | undefined
  /** Types, as on the wire, that no service reads. */
  readonly unread: ReadonlySet<string>
}

/** Publishes the oldest batch of a lane and deletes it. `refused`: the broker's error; the rows stay. */
export async function drainOnce(
  client: Client,
  lane: Lane,
  { transport, tracing, unread }: Destination,
): Promise<{ readonly more: boolean; readonly count: number } | { readonly refused: unknown }> {
  const { rows } = await client.query<OutboxRow>({ ...READ, values: [lane, MAX_ROWS, MAX_BYTES] })
  if (rows.length === 0) return { more: false, count: 0 }
  try {
    await publishTraced(
      transport,
      rows.map((row) => toRecord(row, unread)),
      tracing,
    )
  } catch (error) {
    return { refused: error }
  }
  await client.query({ ...DELETE, values: [rows.map((row) => row.id)] })
  return { more: rows.at(-1)?.more ?? false, count: rows.length }
}

/** True when this session now leads the lane of the schema; the lock lives as long as the session. */
export async function tryLead(client: Client, schema: string, lane: Lane): Promise<boolean> {
  const text = 'SELECT pg_try_advisory_lock(hashtextextended($1, 0)) AS leads'
  const { rows } = await client.query<{ leads: boolean }>(text, [lockName(schema, lane)])
  return rows[0]?.leads ?? false
}

export const lockName = (schema: string, lane: Lane): string => `wellgate.relay.${schema}.${lane}`

function toRecord({ topic, key, event_id: id, headers, envelope, payload }: OutboxRow, unread: Destination['unread']) {
  const record = encodeMessage({ topic, key, id, headers, envelope, ...(payload ? { payload } : {}) })
  return unread.has(envelope.type) ? { ...record, quiet: true } : record
}
