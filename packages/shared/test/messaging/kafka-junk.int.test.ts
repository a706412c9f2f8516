import { randomBytes } from 'node:crypto'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { toRecord } from '../../src/messaging/kafka/member.ts'
import { listParked } from '../../src/messaging/parked.ts'
import type { SubscribeOptions, Transport } from '../../src/messaging/transport.ts'
import { type Bench, createBench, someGroup } from './bench.ts'
import { postgresBroker } from './postgres-broker.ts'

let bench: Bench
beforeAll(async () => {
  bench = await createBench(postgresBroker)
})
afterEach(() => bench.tidy())
afterAll(() => bench.close())

/** A consumer's way of handling a record, without a broker before it. */
function handlingOf(group: string): SubscribeOptions['onMessage'] {
  let onMessage: SubscribeOptions['onMessage'] | undefined
  const subscribe: Transport['subscribe'] = (options) => {
    ;({ onMessage } = options)
    return { close: async () => {} }
  }
  bench.consume(group, { transport: { ...bench.open.records, subscribe } })
  if (!onMessage) throw new Error('the consumer has not subscribed')
  return onMessage
}

// Kafka keeps any bytes, Postgres does not: what could not be parked would hold up its partition for ever.
test.for([
  ['a value that is no text', { key: Buffer.from('junk'), value: Buffer.from([0, 1, 0xff, 0]) }],
  ['a key that is no text', { key: Buffer.from([0x6a, 0, 0xff]), value: Buffer.from('not an event') }],
  ['a header that is no text', { key: null, value: null, headers: { 'a\0b': Buffer.from([0]) } }],
  ['a key that no index holds', { key: Buffer.from(randomBytes(6_000).toString('hex')), value: null }],
] as const)('a record of Kafka with %s is parked', async ([, message]) => {
  const group = someGroup()
  await handlingOf(group)(toRecord('tally', message), { signal: AbortSignal.timeout(2_000) })
  expect((await listParked(bench.pools.records, group)).map(({ cause }) => cause)).toEqual([
    'not a CloudEvents 1.0 message: not JSON',
  ])
})
