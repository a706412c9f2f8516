import { v7 as uuidv7 } from 'uuid'
import type { EventContract, PayloadOf } from '../contracts/event.ts'
import type { ServiceName } from '../contracts/services.ts'
import { rows, statement } from '../db/query.ts'
import type { Tx } from '../db/tx.ts'
import { inSpan, currentTraceparent } from '../observability/trace-scope.ts'
import { envelopeOf } from './envelope.ts'
import { pathsOf, SEALED_KEY_HEADER } from './message.ts'
import { TRACEPARENT_HEADER } from './trace-messages.ts'
import type { EventSealer } from '../crypto/event-sealer.ts'

/** Larger payloads would not fit a broker's message; an import splits at 256 KiB (architecture.md section 6). */
export const MAX_PAYLOAD_BYTES = 512 * 1024

export interface OutboxEntry<C extends EventContract = EventContract> {
  readonly contract: C
  /** Version of the aggregate after the change. */
  readonly aggregateVersion: number
  readonly payload: PayloadOf<C>
}

export interface Outbox {
  /**
   * Adds an event to the caller's transaction and returns its id. Call it AFTER the guarded update of the aggregate:
   * the row lock held by then is what keeps events of one aggregate in commit order. A protected payload is sealed
   * before it is stored. Throws {@link InvalidEvent}.
   */
  append<C extends EventContract>(tx: Tx, contract: C, event: Omit<OutboxEntry<C>, 'contract'>): Promise<string>
  /** Many events in one statement, in the order given; their ids. Same rules as {@link Outbox.append}. */
  appendMany<C extends EventContract>(tx: Tx, entries: readonly OutboxEntry<C>[]): Promise<string[]>
}

/** An event that its contract does not allow. A bug of the producer; names places, never values. */
export class InvalidEvent extends Error {
  readonly code = 'invalid-event'
  constructor(contract: EventContract, why: string) {
    super(`${contract.type} v${contract.version}: ${why}`)
    this.name = 'InvalidEvent'
  }
}

const INSERT = statement(
  'outbox_append',
  `INSERT INTO outbox (lane, event_id, type, version, topic, key, aggregate_version, envelope, payload, headers)
   SELECT lane, event_id, type, version, topic, key, aggregate_version, envelope, payload, headers
   FROM unnest($1::text[], $2::uuid[], $3::text[], $4::int[], $5::text[], $6::text[], $7::bigint[], $8::jsonb[],
               $9::bytea[], $10::jsonb[])
        WITH ORDINALITY AS e(lane, event_id, type, version, topic, key, aggregate_version, envelope, payload, headers, n)
   ORDER BY n`,
)

/** The outbox of a service: events become visible with the commit of the change they tell of, or not at all. */
export function createOutbox(options: {
  service: ServiceName
  /** Required to append protected events. */
  eventSealer?: EventSealer
}): Outbox {
  const prepare = (entry: OutboxEntry) => prepareRow(entry, options)
  const insert = async (tx: Tx, entries: readonly OutboxEntry[]): Promise<string[]> => {
    const [first] = entries
    if (!first) return []
    const { topic, type } = first.contract
    const attributes = {
      'messaging.operation.type': 'create',
      'messaging.destination.name': topic,
      'messaging.batch.message_count': entries.length,
      'wellgate.event_type': type,
    }
    return inSpan(`append ${topic}`, { kind: 'producer', attributes }, async () => {
      const prepared = await Promise.all(entries.map(prepare))
      const columns = COLUMNS.map((column) => prepared.map((row) => row[column]))
      await rows(tx, INSERT, columns)
      return prepared.map((row) => row.eventId)
    })
  }
  return {
    append: async (tx, contract, event) => {
      const [id] = await insert(tx, [{ contract, ...event }])
      if (id === undefined) throw new Error('unreachable: one entry has one id')
      return id
    },
    appendMany: (tx, entries) => insert(tx, entries),
  }
}

const COLUMNS = [
  'lane',
  'eventId',
  'type',
  'version',
  'topic',
  'key',
  'aggregateVersion',
  'envelope',
  'payload',
  'headers',
] as const

async function prepareRow(entry: OutboxEntry, options: Parameters<typeof createOutbox>[0]) {
  const { contract, aggregateVersion } = entry
  if (contract.producer !== options.service) throw new InvalidEvent(contract, `${options.service} does not produce it`)
  const parsed = contract.payload.safeParse(entry.payload)
  if (!parsed.success)
    throw new InvalidEvent(contract, `payload does not satisfy the contract at ${pathsOf(parsed.error)}`)
  const key = keyOf(contract, parsed.data)
  const eventId = uuidv7()
  const traceparent = currentTraceparent()
  const headers = traceparent === undefined ? {} : { [TRACEPARENT_HEADER]: traceparent }
  const envelope = envelopeOf(contract, { id: eventId, service: options.service, key, aggregateVersion, traceparent })
  const text = JSON.stringify(parsed.data)
  if (Buffer.byteLength(text) > MAX_PAYLOAD_BYTES) throw new InvalidEvent(contract, 'payload is too large')
  const { topic, type, version, lane } = contract
  const row = { lane, eventId, type, version, topic, key, aggregateVersion }
  if (!contract.protected) {
    return {
      ...row,
      envelope: JSON.stringify({ ...envelope, data: parsed.data }),
      payload: null,
      headers: JSON.stringify(headers),
    }
  }
  if (!options.eventSealer) throw new InvalidEvent(contract, 'a protected event needs an event sealer')
  const sealed = await options.eventSealer.seal({ topic, eventId, type, version, key }, Buffer.from(text))
  return {
    ...row,
    envelope: JSON.stringify(envelope),
    payload: sealed.ciphertext,
    headers: JSON.stringify({ ...headers, [SEALED_KEY_HEADER]: sealed.header }),
  }
}

function keyOf(contract: EventContract, payload: unknown): string {
  const key = (payload as Record<string, unknown>)[contract.key]
  if (typeof key !== 'string' || key === '') throw new InvalidEvent(contract, `key ${contract.key} is not a text`)
  return key
}
