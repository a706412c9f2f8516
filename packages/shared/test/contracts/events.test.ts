import { describe, expect, test } from 'vitest'
import { allEvents } from '../../src/contracts/all-events.ts'
import type { EventContract, Received } from '../../src/contracts/event.ts'
import { createEventSealer } from '../../src/crypto/event-sealer.ts'
import type { Tx } from '../../src/db/tx.ts'
import { type Envelope, wireType } from '../../src/messaging/envelope.ts'
import { handle, openEvent, routeRecord, tableOf } from '../../src/messaging/handlers.ts'
import { encodeMessage, SEALED_KEY_HEADER } from '../../src/messaging/message.ts'
import type { LogRecord } from '../../src/messaging/transport.ts'
import { createFakeKms } from '../crypto-fakes.ts'
import { documentOf } from './document.ts'
import { fromTheFuture, placesOf, UNKNOWN } from './from-the-future.ts'
import { goldenEvent } from './golden-files.ts'

const { kms } = createFakeKms()
const producer = createEventSealer({ kms, deployment: 'golden' })
const consumer = createEventSealer({ kms, deployment: 'golden' })

/** The record as it lies in the topic: what the contract protects is sealed there. */
async function recordOf(contract: EventContract, { data, ...envelope }: Envelope): Promise<LogRecord> {
  const message = { topic: contract.topic, key: envelope.partitionkey, id: envelope.id, headers: {} }
  if (!contract.protected) return encodeMessage({ ...message, envelope: { ...envelope, data } })
  const { topic, type, version } = contract
  const place = { topic, type, version, eventId: envelope.id, key: envelope.partitionkey }
  const { ciphertext, header } = await producer.seal(place, Buffer.from(JSON.stringify(data)))
  return encodeMessage({ ...message, headers: { [SEALED_KEY_HEADER]: header }, envelope, payload: ciphertext })
}

/** What a handler of this release is given of a record. */
async function read(contract: EventContract, record: LogRecord): Promise<Received<EventContract>> {
  let received: Received<EventContract> | undefined
  const handler = handle(contract, async (_tx, event) => void (received = event))
  const [reader = ''] = contract.readers
  const route = routeRecord(tableOf(reader, [handler]), record)
  if (!route) throw new Error(`${wireType(contract)} was ignored`)
  const effect = await openEvent(route, consumer)
  await effect({} as Tx)
  if (!received) throw new Error('the handler was not called')
  return received
}

describe.each(
  allEvents.filter(({ readers }) => readers.length > 0).map((contract) => [wireType(contract), contract] as const),
)('%s', (type, contract) => {
  const golden = goldenEvent(type)

  test('of an older neighbour is read as it was sent', async () => {
    const event = await read(contract, await recordOf(contract, golden))
    expect(event).toEqual({
      type: contract.type,
      version: contract.version,
      id: golden.id,
      key: golden.subject,
      aggregateVersion: golden.aggregateversion,
      time: golden.time,
      payload: golden.data,
    })
  })

  test('of a newer neighbour is read, and keeps what we do not know, at every level', async () => {
    const schema = documentOf([], [contract]).events[type]?.payload ?? {}
    const data = fromTheFuture(golden.data, schema)
    const newer = { ...golden, [UNKNOWN.toLowerCase()]: 'an extension attribute', data }
    const event = await read(contract, await recordOf(contract, newer))
    expect(event.payload).toEqual(data)
    expect(placesOf(event.payload)).toContain('(root)')
  })

  test('without its ordering key is refused: the example means something', async () => {
    const { [contract.key]: _, ...data } = golden.data as Record<string, unknown>
    await expect(read(contract, await recordOf(contract, { ...golden, data }))).rejects.toThrow(contract.key)
  })
})

test('unknown fields are put into nested objects and lists, not into maps', () => {
  const golden = goldenEvent('import.resources.v1')
  const schema = documentOf([], allEvents).events['import.resources.v1']?.payload ?? {}
  expect(placesOf(fromTheFuture(golden.data, schema))).toEqual(['(root)', '.items[0]', '.items[1]'])
})
