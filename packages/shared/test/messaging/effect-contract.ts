import { expect, test } from 'vitest'
import { handle } from '../../src/messaging/handlers.ts'
import { listParked, replayParked } from '../../src/messaging/parked.ts'
import { applyIfNewer } from '../../src/messaging/replica.ts'
import type { LogRecord } from '../../src/messaging/transport.ts'
import { type Bench, someGroup, someKey, upTo } from './bench.ts'
import { counted, recordEffect } from './fixtures.ts'

/** What an effect may rely on: once, in order, never set back, and a poison stops only its own key. */
export function effectContract(given: () => Bench): void {
  test('an effect happens once, however often its event is published', async () => {
    const { count, relay, consume, effects, open } = given()
    const group = someGroup()
    const key = someKey('once')
    const ids = [await count(key), await count(key)]
    let published = 0
    const publishThenFail = async (records: readonly LogRecord[]) => {
      await open.patients.publish(records)
      published += records.length
      // As if the relay died between publishing and deleting.
      if (published === records.length) throw new Error('died before deleting')
    }
    const dying = relay({ publish: publishThenFail })
    await expect(dying.processAll()).rejects.toThrow('died before deleting')
    await dying.processAll()
    expect(published).toBe(4)

    const consumer = consume(group)
    await consumer.whenCaughtUp()
    for (const id of ids) expect(await consumer.whenHandled(id)).toBe('handled')
    expect((await effects(group, key)).map(({ n }) => n)).toEqual([1, 2])
  })

  test('a poison parks its key, other keys go on, and the replay keeps the order', async () => {
    const { count, relay, consume, effects, pools } = given()
    const group = someGroup()
    const [sick, well] = [someKey('sick'), someKey('well')]
    const consumer = consume(group)
    const mine = [await count(sick), await count(sick, { poison: true }), await count(sick), await count(sick)]
    const other = [await count(well), await count(well)]
    const publishing = relay()
    await publishing.processAll()
    const outcomesOf = (ids: string[]) => Promise.all(ids.map((id) => consumer.whenHandled(id)))
    expect(await outcomesOf(mine)).toEqual(['handled', 'parked', 'parked-behind', 'parked-behind'])
    expect(await outcomesOf(other)).toEqual(['handled', 'handled'])
    expect((await effects(group, sick)).map(({ n }) => n)).toEqual([1])
    expect((await effects(group, well)).map(({ n }) => n)).toEqual([1, 2])

    const parked = await listParked(pools.records, group)
    expect(parked.map(({ eventId, attempts }) => [eventId, attempts])).toEqual([
      [mine[1], 3],
      [mine[2], 0],
      [mine[3], 0],
    ])
    expect(parked[0]?.cause).toMatch(/^Error, at .*bench\.ts/)
    expect(JSON.stringify(parked.map(({ cause }) => cause))).not.toContain(sick)

    const replay = (digest: boolean) =>
      replayParked({
        service: 'records',
        group,
        pool: pools.records,
        handlers: [
          handle(counted, async (tx, { payload }) => {
            if (payload.poison && !digest) throw new Error('still cannot')
            await recordEffect(tx, payload, `${group}/replay`)
          }),
        ],
      })
    const stuck = await replay(false)
    expect(stuck).toMatchObject({ replayed: 0, failed: [{ eventId: mine[1], key: sick }] })
    expect(await replay(true)).toEqual({ replayed: 3, failed: [] })
    expect((await effects(group, sick)).map(({ n }) => n)).toEqual(upTo(4))

    const next = await count(sick)
    await publishing.processAll()
    expect(await consumer.whenHandled(next)).toBe('handled')
    expect((await effects(group, sick)).map(({ n }) => n)).toEqual(upTo(5))
  })

  test('a passing failure is retried and not parked', async () => {
    const { count, relay, consume, effects, pools } = given()
    const group = someGroup()
    const key = someKey('passing')
    let tries = 0
    const handler = handle(counted, async (tx, { payload }) => {
      if (payload.id !== key) return
      await recordEffect(tx, payload, `${group}/one`)
      tries += 1
      if (tries < 3) throw new Error('not yet')
    })
    const consumer = consume(group, { handlers: [handler] })
    const id = await count(key)
    await relay().processAll()
    expect(await consumer.whenHandled(id)).toBe('handled')
    expect(tries).toBe(3)
    expect(await effects(group, key)).toHaveLength(1)
    expect(await listParked(pools.records, group)).toEqual([])
  })

  test('an older version does not overwrite a newer one', async () => {
    const { append, outbox, relay, consume, pools } = given()
    const group = someGroup()
    const key = someKey('replica')
    const applied: number[] = []
    const handler = handle(counted, async (tx, { payload, aggregateVersion: version }) => {
      if (payload.id !== key) return
      if (!(await applyIfNewer(tx, { group, aggregate: 'tally', key, version }))) return
      applied.push(version)
      const text = 'INSERT INTO tally (id, n) VALUES ($1, $2) ON CONFLICT (id) DO UPDATE SET n = excluded.n'
      await tx.query(text, [key, payload.n])
    })
    const consumer = consume(group, { handlers: [handler] })
    for (const version of [2, 1, 2, 3, 2]) {
      await append((tx) =>
        outbox.append(tx, counted, { aggregateVersion: version, payload: { id: key, n: version * 10 } }),
      )
    }
    await relay().processAll()
    await consumer.whenCaughtUp()
    expect(applied).toEqual([2, 3])
    const { rows } = await pools.records.query<{ n: number }>('SELECT n FROM tally WHERE id = $1', [key])
    expect(rows).toEqual([{ n: 30 }])
  })
}
