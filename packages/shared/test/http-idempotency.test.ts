import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { createPool, type Pool } from '../src/db/pool.ts'
import { withTx, type Tx } from '../src/db/tx.ts'
import { forgetIdempotencyKeys, idempotencyKeyOf, once, type IdempotencyKey } from '../src/http/idempotency.ts'
import { createTestDatabase, type TestDatabase } from '../src/testing/postgres.ts'

let database: TestDatabase
let pool: Pool
let effects: string[]

beforeAll(async () => {
  database = await createTestDatabase({ services: [{ name: 'records' }] })
  pool = createPool({
    connectionString: database.urls('records').appUrl,
    max: 10,
    applicationName: 'test',
    statementTimeoutMs: 5_000,
  })
})
beforeEach(() => {
  effects = []
})
afterAll(async () => {
  await pool.end()
  await database.drop()
})

const keyOf = (
  body: unknown = { name: 'Ana' },
  sent: string = crypto.randomUUID(),
  actor: string = crypto.randomUUID(),
): IdempotencyKey => idempotencyKeyOf(actor, 'records.add-thing', sent, body)

const effect = async () => {
  const resultId = crypto.randomUUID()
  effects.push(resultId)
  return { status: 201, resultId }
}

const run = (key: IdempotencyKey | undefined, work: (tx: Tx) => Promise<void> = async () => undefined) =>
  withTx(pool, async (tx) => {
    const result = await once(tx, key, effect)
    await work(tx)
    return result
  })

describe('an idempotency key', () => {
  it('makes an effect happen once, and tells the repeat what came of it', async () => {
    const key = keyOf()
    const first = await run(key)
    expect(first).toMatchObject({ status: 201, repeated: false })
    expect(await run(key)).toEqual({ ...first, repeated: true })
    expect(effects).toHaveLength(1)
  })

  it('is one only with the same actor, route and body', async () => {
    const [sent, actor] = [crypto.randomUUID(), crypto.randomUUID()]
    await run(keyOf({ name: 'Ana' }, sent, actor))
    await expect(run(keyOf({ name: 'Ben' }, sent, actor))).rejects.toMatchObject({
      status: 422,
      code: 'idempotency-key-reused',
      details: { fields: [{ field: 'headers.idempotency-key' }] },
    })
    await run(keyOf({ name: 'Ben' }, sent))
    await run({ ...keyOf({ name: 'Ben' }, sent, actor), route: 'records.other' })
    expect(effects).toHaveLength(3)
  })

  it('answers 409 to a twin while the first runs', async () => {
    const key = keyOf()
    await run(key, async () => {
      await expect(run(key)).rejects.toMatchObject({ status: 409, code: 'idempotency-in-progress' })
    })
    expect(await run(key)).toMatchObject({ repeated: true })
  })

  it('has one winner among 50 at once', async () => {
    const key = keyOf()
    const results = await Promise.allSettled(Array.from({ length: 50 }, () => run(key)))
    const done = results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []))
    expect(effects).toHaveLength(1)
    expect(done.filter(({ repeated }) => !repeated)).toHaveLength(1)
    expect(new Set(done.map(({ resultId }) => resultId)).size).toBe(1)
    for (const result of results) {
      expect(
        result.status === 'fulfilled' || (result.reason as { code: string }).code === 'idempotency-in-progress',
      ).toBe(true)
    }
  })

  it('leaves nothing behind when the effect fails', async () => {
    const key = keyOf()
    await expect(run(key, () => Promise.reject(new Error('no')))).rejects.toThrow('no')
    expect(await run(key)).toMatchObject({ repeated: false })
  })

  it('is not needed', async () => {
    expect(await run(undefined)).toMatchObject({ repeated: false })
  })

  it('keeps neither the key nor a hash that tells the body', async () => {
    const sent = crypto.randomUUID()
    await run(keyOf({ birthDate: '1970-01-01' }, sent))
    const { rows } = await pool.query<{ key: string; body_hash: Buffer }>('select key, body_hash from idempotency_key')
    expect(rows.map(({ key }) => key)).not.toContain(sent)
    const again = keyOf({ birthDate: '1970-01-01' })
    expect(rows.some(({ body_hash }) => body_hash.equals(again.bodyHash))).toBe(false)
  })

  it('is forgotten after its time', async () => {
    const key = keyOf()
    await run(key)
    expect(await forgetIdempotencyKeys(pool, 24, 100)).toBe(0)
    await pool.query("update idempotency_key set created_at = now() - interval '25 hours'")
    expect(await forgetIdempotencyKeys(pool, 24, 100)).toBeGreaterThan(0)
    expect(await run(key)).toMatchObject({ repeated: false })
  })
})
