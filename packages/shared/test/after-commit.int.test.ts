import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Pool } from '../src/db/pool.ts'
import { createPool } from '../src/db/pool.ts'
import { afterCommit, withTx } from '../src/db/tx.ts'
import { createTestDatabase, type TestDatabase } from '../src/testing/postgres.ts'

let database: TestDatabase
let pool: Pool
beforeAll(async () => {
  database = await createTestDatabase({ services: [{ name: 'records' }] })
  pool = createPool({
    connectionString: database.urls('records').appUrl,
    max: 1,
    applicationName: 'test',
    statementTimeoutMs: 5_000,
  })
})
afterAll(async () => {
  await pool?.end()
  await database?.drop()
})

test('what is counted after a commit has happened, and only once', async () => {
  const happened: string[] = []
  await withTx(pool, async (tx) => {
    afterCommit(tx, () => happened.push('one'))
    await tx.query('select 1')
    expect(happened).toEqual([])
  })
  expect(happened).toEqual(['one'])
  // The same connection again: what was before is not counted twice.
  await withTx(pool, (tx) => tx.query('select 1'))
  expect(happened).toEqual(['one'])
})

test('nothing is counted of what was rolled back, or ran twice', async () => {
  const happened: number[] = []
  const failing = withTx(pool, async (tx) => {
    afterCommit(tx, () => happened.push(0))
    throw new Error('no')
  })
  await expect(failing).rejects.toThrow('no')
  let attempt = 0
  await withTx(
    pool,
    async (tx) => {
      const mine = ++attempt
      afterCommit(tx, () => happened.push(mine))
      if (mine === 1) throw Object.assign(new Error('lost race'), { code: '40001' })
    },
    { retry: true },
  )
  expect(happened).toEqual([2])
})

test('outside a transaction it counts at once', () => {
  let happened = 0
  afterCommit(pool, () => (happened += 1))
  expect(happened).toBe(1)
})
