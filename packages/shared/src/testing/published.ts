import type { EventContract, PayloadOf } from '../contracts/event.ts'
import type { Pool } from '../db/pool.ts'
import { wireType } from '../messaging/envelope.ts'
import { decodeMessage, SEALED_KEY_HEADER } from '../messaging/message.ts'
import type { LogRecord } from '../messaging/transport.ts'
import type { EventSealer } from '../crypto/event-sealer.ts'

export interface PublishedEvent<C extends EventContract> {
  readonly id: string
  readonly key: string
  readonly aggregateVersion: number
  readonly payload: PayloadOf<C>
}

/** The events of one contract in the postgres transport's log, opened; oldest first. */
export async function readPublished<C extends EventContract>(
  admin: Pool,
  contract: C,
  sealer: EventSealer,
): Promise<PublishedEvent<C>[]> {
  const { rows } = await admin.query<{ key: string; headers: string; message: string }>(
    'select key, headers, message from events.log where topic = $1 order by published_at, partition, "offset"',
    [contract.topic],
  )
  const records = rows.map(({ key, headers, message: value }) => ({
    topic: contract.topic,
    key,
    headers: JSON.parse(headers) as Record<string, string>,
    value,
  }))
  return openRecords(records, contract, sealer)
}

/** The events of one contract among records of its topic, opened. */
export async function openRecords<C extends EventContract>(
  records: readonly LogRecord[],
  contract: C,
  sealer: EventSealer,
): Promise<PublishedEvent<C>[]> {
  const found: PublishedEvent<C>[] = []
  for (const { id, key, envelope, payload, headers } of records.map(decodeMessage)) {
    if (envelope.type !== wireType(contract)) continue
    const { topic, type, version } = contract
    const text = payload
      ? await sealer.open(
          { topic, type, version, key, eventId: id },
          { ciphertext: payload, header: headers[SEALED_KEY_HEADER] ?? '' },
        )
      : null
    const data: unknown = text ? JSON.parse(text.toString('utf8')) : envelope.data
    found.push({ id, key, aggregateVersion: envelope.aggregateversion, payload: data as PayloadOf<C> })
  }
  return found
}
