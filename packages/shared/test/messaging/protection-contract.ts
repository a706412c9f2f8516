import { randomUUID } from 'node:crypto'
import { expect, test } from 'vitest'
import { handle } from '../../src/messaging/handlers.ts'
import { listParked } from '../../src/messaging/parked.ts'
import type { LogRecord } from '../../src/messaging/transport.ts'
import { type Bench, someGroup, someKey } from './bench.ts'
import { whispered } from './fixtures.ts'

/** What lies in an outbox or a broker's log shows nothing of a protected payload, and opens only where it belongs. */
export function protectionContract(given: () => Bench): void {
  test('a protected payload is unreadable in the outbox and in the broker, and readable to its reader', async () => {
    const { append, outbox, relay, consume, pools, broker } = given()
    const words = `canary-${randomUUID()}`
    const key = someKey('secret')
    const heard: string[] = []
    const hear = handle(whispered, async (_tx, { payload }) => void heard.push(payload.words))
    const consumer = consume(someGroup(), { handlers: [hear] })
    const id = await append((tx) => outbox.append(tx, whispered, { aggregateVersion: 1, payload: { id: key, words } }))

    const { rows } = await pools.patients.query<{ row: string }>('SELECT outbox::text AS row FROM outbox')
    const waiting = rows.map(({ row }) => row).join('\n')
    expect(waiting).toContain(id)
    for (const form of formsOf(words)) expect(waiting).not.toContain(form)

    await relay().processAll()
    expect(await consumer.whenHandled(id)).toBe('handled')
    expect(heard).toEqual([words])

    const stored = await broker.stored()
    expect(stored.includes(id)).toBe(true)
    for (const form of formsOf(words)) expect(stored.includes(form)).toBe(false)
  })

  test('a payload that was moved to another event does not open: it is parked at once', async () => {
    const { append, outbox, relay, consume, pools, open } = given()
    const group = someGroup()
    const key = someKey('moved')
    const say = (words: string) =>
      append((tx) => outbox.append(tx, whispered, { aggregateVersion: 1, payload: { id: key, words } }))
    const ids = [await say('first'), await say('second')]
    const swapped = (records: readonly LogRecord[]) => {
      const [a, b] = records.map(({ value }) => JSON.parse(value) as { data_base64: string })
      const moved = records.map((record, i) => {
        const payload = (i === 0 ? b : a)?.data_base64
        return { ...record, value: JSON.stringify({ ...JSON.parse(record.value), data_base64: payload }) }
      })
      return open.patients.publish(moved)
    }
    await relay({ publish: swapped }).processAll()
    const consumer = consume(group, { handlers: [handle(whispered, async () => {})] })
    expect(await Promise.all(ids.map((id) => consumer.whenHandled(id)))).toEqual(['parked', 'parked'])
    const causes = (await listParked(pools.records, group)).map(({ cause }) => cause)
    expect(causes).toEqual(['payload does not open: broken', 'payload does not open: broken'])
  })

  test('what is no event at all is parked, and unknown types and fields do no harm', async () => {
    const { count, relay, consume, effects, pools, open } = given()
    const group = someGroup()
    const key = someKey('strange')
    const id = await count(key)
    await relay({
      publish: async (records) => {
        const [known] = records
        if (!known) return
        const event = JSON.parse(known.value) as { data: object }
        const stranger = { ...event, id: randomUUID(), type: 'tally.unheard-of.v9' }
        const richer = { ...event, future: true, data: { ...event.data, future: true } }
        const junk = { ...known, key: `${key}-junk`, value: 'not an event' }
        const values = [stranger, richer].map((value) => ({ ...known, value: JSON.stringify(value) }))
        await open.patients.publish([junk, ...values])
      },
    }).processAll()
    const consumer = consume(group)
    expect(await consumer.whenHandled(id)).toBe('handled')
    await consumer.whenCaughtUp()
    expect(await effects(group, key)).toHaveLength(1)
    const parked = (await listParked(pools.records, group)).filter((event) => event.key === `${key}-junk`)
    expect(parked.map(({ cause }) => cause)).toEqual(['not a CloudEvents 1.0 message: not JSON'])
  })
}

/** A text as it would be found in the clear, in hex and in base64 at any of its three alignments. */
function formsOf(text: string): string[] {
  const base64 = [0, 1, 2].map((pad) =>
    Buffer.from('x'.repeat(pad) + text)
      .toString('base64')
      .slice(4, -4),
  )
  return [text, Buffer.from(text).toString('hex'), ...base64]
}
