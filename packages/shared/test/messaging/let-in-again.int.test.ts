import { onTestFinished, expect, test } from 'vitest'
import { handlePrepared } from '../../src/messaging/handlers.ts'
import { createBench, FAST_RETRY, someGroup, someKey } from './bench.ts'
import { counted, poolOf, recordEffect } from './fixtures.ts'
import { postgresBroker } from './postgres-broker.ts'

test('an event is not parked because the database lets nobody in, as while a password is changed', async () => {
  const bench = await createBench(postgresBroker)
  onTestFinished(() => bench.close())
  const url = new URL(bench.urls.records.appUrl)
  url.password = 'the one before'
  const outside = poolOf(url.href)
  onTestFinished(() => outside.end())
  const group = someGroup()
  const key = someKey('let-in')
  let tries = 0
  // What was connected before goes on, such as the member that gives us the event.
  const ask = async () => {
    tries += 1
    await (tries > FAST_RETRY.attempts + 1 ? bench.pools.records : outside).query('SELECT 1')
  }
  const handler = handlePrepared(counted, ask, (tx, { payload }) => recordEffect(tx, payload, `${group}/one`))
  const consumer = bench.consume(group, { handlers: [handler] })
  const id = await bench.count(key)
  await bench.relay().processAll()
  expect(await consumer.whenHandled(id)).toBe('handled')
  expect(await bench.effects(group, key)).toHaveLength(1)
  await bench.tidy()
})
