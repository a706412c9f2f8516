import { setTimeout as sleep } from 'node:timers/promises'
import type { PoolClient } from 'pg'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest'
import { createPool, type Pool } from '../src/db/pool.ts'
import { execute, statement } from '../src/db/query.ts'
import { withTx } from '../src/db/tx.ts'
import { createTestDatabase, type TestDatabase } from '../src/testing/postgres.ts'
import { ANA, BEN, actorOf, startTestServer, type TestHandlers, type TestServer } from './http-fixture.ts'

let database: TestDatabase
let pool: Pool
let admin: Pool
let server: TestServer

beforeAll(async () => {
  database = await createTestDatabase({ services: [{ name: 'records' }] })
  pool = open(database.urls('records').appUrl)
  admin = open(database.adminUrl)
})
beforeEach(() => admin.query('truncate records.inbox'))
afterEach(() => server.app.close())
afterAll(async () => {
  await pool.end()
  await admin.end()
  await database.drop()
})

const open = (connectionString: string): Pool =>
  createPool({ connectionString, max: 4, applicationName: 'deadline', statementTimeoutMs: 5_000 })

const insert = statement('deadline.insert', "insert into inbox (consumer_group, event_id) values ('test', $1)")
const stored = async (): Promise<unknown> => (await admin.query('select event_id as id from records.inbox')).rows

/** GET /v1/wait, which has 100 ms. */
async function answerOf(handler: TestHandlers['records.wait']): Promise<number> {
  server = await startTestServer({ handlers: { 'records.wait': handler } })
  const headers = { authorization: `Bearer ${server.tokenOf(actorOf())}` }
  return (await server.app.inject({ url: '/v1/wait', headers })).statusCode
}

test('what was told 503 is not committed, and its audit entry names the patient', async () => {
  const status = await answerOf(async ({ subject }) => {
    subject(BEN)
    await withTx(pool, async (tx) => {
      await execute(tx, insert, [ANA])
      await sleep(300)
    })
    return { status: 204 }
  })
  expect(status).toBe(503)
  expect(server.entries).toMatchObject([{ status: 503, patientId: BEN }])
  await vi.waitFor(() => expect(server.logged()).toContain('failed after its time'))
  await vi.waitFor(() => expect(pool.idleCount).toBe(pool.totalCount))
  expect(await stored()).toEqual([])
})

test('a transaction of a request that is in time, and one without a request, commit', async () => {
  const status = await answerOf(async () => {
    await withTx(pool, (tx) => execute(tx, insert, [ANA]))
    return { status: 204 }
  })
  expect(status).toBe(204)
  await withTx(pool, (tx) => execute(tx, insert, [BEN]))
  expect(await stored()).toEqual([{ id: ANA }, { id: BEN }])
})

test('a COMMIT that is on its way when the time is up is answered as what it comes to', async () => {
  const status = await answerOf(async () => {
    await withTx(pool, async (tx) => {
      await execute(tx, insert, [ANA])
      slowCommit(tx)
    })
    return { status: 204 }
  })
  expect(status).toBe(204)
  expect(await stored()).toEqual([{ id: ANA }])
})

function slowCommit(client: PoolClient): void {
  const query = client.query.bind(client) as (text: string) => Promise<unknown>
  Object.assign(client, { query: (text: string) => sleep(200).then(() => query(text)) })
}
