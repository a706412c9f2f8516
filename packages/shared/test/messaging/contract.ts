import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import type { TestDatabase } from '../../src/testing/postgres.ts'
import { type Bench, type Broker, createBench, someGroup, someKey, upTo } from './bench.ts'
import { effectContract } from './effect-contract.ts'
import { protectionContract } from './protection-contract.ts'

const CHILD = fileURLToPath(new URL('./member.child.ts', import.meta.url))
const PATIENT = { timeout: 20_000, interval: 20 }

/** What every transport must hold, with outbox, relay and consumer around it. `skip` says why it cannot be tested here. */
export function transportContract(
  name: string,
  makeBroker: (database: TestDatabase) => Promise<Broker>,
  skip?: string,
): void {
  const note = skip === undefined ? '' : `, SKIPPED: ${skip}`
  describe.skipIf(skip !== undefined)(`${name} transport${note}`, () => {
    let bench: Bench
    beforeAll(async () => {
      bench = await createBench(makeBroker)
    })
    afterEach(() => bench.tidy())
    afterAll(() => bench.close())

    test('keeps the order of each aggregate under 16 writers on 20 hot keys', async () => {
      const group = someGroup()
      const keys = upTo(20).map((i) => someKey(`hot${i}`))
      const relay = bench.relay()
      relay.start()
      const consumer = bench.consume(group)
      const write = async (writer: number) => {
        for (let i = 0; i < 25; i++) await bench.count(keys[(i * 7 + writer) % keys.length] ?? '')
      }
      await Promise.all(upTo(16).map(write))
      await relay.processAll()
      await consumer.whenCaughtUp()
      const effects = await bench.effects(group)
      expect(effects).toHaveLength(16 * 25)
      const seen = Map.groupBy(effects, ({ id }) => id)
      expect(seen.size).toBe(keys.length)
      for (const ofKey of seen.values()) expect(ofKey.map(({ n }) => n)).toEqual(upTo(ofKey.length))
    })

    test('a group that is new replays from the start', async () => {
      const key = someKey('replayed')
      for (const _ of upTo(5)) await bench.count(key)
      await bench.relay().processAll()
      for (const group of [someGroup(), someGroup()]) {
        await bench.consume(group).whenCaughtUp()
        expect((await bench.effects(group, key)).map(({ n }) => n)).toEqual(upTo(5))
      }
    })

    test('two members of a group share the work, and each event happens once', async () => {
      const group = someGroup()
      const keys = upTo(24).map((i) => someKey(`shared${i}`))
      const relay = bench.relay()
      const first = bench.consume(group, { member: 'one' })
      bench.consume(group, { member: 'two', transport: bench.later(bench.broker.transport('records')) })
      const both = async () => {
        await Promise.all(keys.map((key) => bench.count(key)))
        await relay.processAll()
        await first.whenCaughtUp()
        const members = new Set((await bench.effects(group)).map(({ member }) => member))
        expect([...members].toSorted()).toEqual(['one', 'two'])
      }
      await vi.waitFor(both, PATIENT)
      for (const key of keys) {
        const seen = (await bench.effects(group, key)).map(({ n }) => n)
        expect(seen).toEqual(upTo(seen.length))
      }
    })

    test('a member that is killed in the middle of a batch loses and doubles nothing', async () => {
      const group = someGroup()
      const key = someKey('killed')
      for (const _ of upTo(40)) await bench.count(key)
      await bench.relay().processAll()
      const env = {
        ...process.env,
        ...bench.broker.child,
        RECORDS_URL: bench.urls.records.appUrl,
        GROUP: group,
        KEY: key,
      }
      const child = spawn(process.execPath, [CHILD], { env, stdio: ['ignore', 'ignore', 'inherit'] })
      await vi.waitFor(async () => expect((await bench.effects(group, key)).length).toBeGreaterThan(2), PATIENT)
      child.kill('SIGKILL')
      await once(child, 'exit')
      const done = (await bench.effects(group, key)).length
      expect(done).toBeLessThan(40)
      await bench.consume(group, { member: 'heir' }).whenCaughtUp(20_000)
      const effects = await bench.effects(group, key)
      expect(effects.map(({ n }) => n)).toEqual(upTo(40))
      expect(new Set(effects.map(({ member }) => member))).toEqual(new Set(['child', 'heir']))
    })

    test('goes on after the broker was gone for a while', async () => {
      const group = someGroup()
      const key = someKey('gone')
      const relay = bench.relay()
      relay.start()
      const consumer = bench.consume(group)
      expect(await consumer.whenHandled(await bench.count(key))).toBe('handled')

      await bench.broker.stop()
      await vi.waitFor(() => expect(bench.open.records.health()).rejects.toBeInstanceOf(Error), PATIENT)
      // Where the outbox lives apart from the broker, events go on being accepted.
      await bench.count(key).catch(() => undefined)
      await bench.broker.start()
      await vi.waitFor(() => bench.open.records.health(), PATIENT)

      expect(await consumer.whenHandled(await vi.waitFor(() => bench.count(key), PATIENT))).toBe('handled')
      const seen = (await bench.effects(group, key)).map(({ n }) => n)
      expect(seen.length).toBeGreaterThan(1)
      expect(seen).toEqual(upTo(seen.length))
    })

    effectContract(() => bench)
    protectionContract(() => bench)
  })
}
