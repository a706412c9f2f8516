import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest'
import { answers } from '../src/db/answers.ts'
import { createPool, type Pool } from '../src/db/pool.ts'
import { execute, maybeOne, one, rows, statement } from '../src/db/query.ts'
import { withTx } from '../src/db/tx.ts'
import { platformErrors } from '../src/errors/platform-errors.ts'
import { createMetrics } from '../src/observability/metrics.ts'
import { createTestDatabase, type TestDatabase } from '../src/testing/postgres.ts'
import { startSilentProxy } from './silent-proxy.ts'

const UNAVAILABLE = { code: 'unavailable', status: 503 }

let database: TestDatabase
let pool: Pool
let admin: Pool

beforeAll(async () => {
  database = await createTestDatabase({ services: [{ name: 'alpha' }] })
  pool = open(4)
  admin = open(2, database.adminUrl)
  await admin.query(
    `create table alpha.account (id int primary key, name text unique, born date, balance int check (balance >= 0))`,
  )
  await admin.query('grant select, insert, update, delete on alpha.account to alpha_app')
})
afterAll(async () => {
  await pool.end()
  await admin.end()
  await database.drop()
})
beforeEach(() => admin.query('truncate alpha.account'))

function open(max: number, connectionString = database.urls('alpha').appUrl): Pool {
  return createPool({ connectionString, max, applicationName: 'pool-test', statementTimeoutMs: 1_000 })
}

const insert = statement('account.insert', 'insert into account (id, name, balance) values ($1, $2, $3)')
const names = statement<{ name: string }>('account.names', 'select name from account order by id')
const byId = statement<{ name: string }>('account.by-id', 'select name from account where id = $1')
const backend = statement<{ pid: number }>('backend', 'select pg_backend_pid() as pid')

const kill = (pid: number) => admin.query('select pg_terminate_backend($1)', [pid])

test('a transaction commits what it returns and rolls back what it throws', async () => {
  expect(await withTx(pool, (tx) => execute(tx, insert, [1, 'a', 0]))).toBe(1)
  const failing = withTx(pool, async (tx) => {
    await execute(tx, insert, [2, 'b', 0])
    throw new Error('changed my mind')
  })
  await expect(failing).rejects.toThrow('changed my mind')
  expect(await rows(pool, names)).toEqual([{ name: 'a' }])
})

test('a broken constraint becomes what the table says, and rolls back', async () => {
  const constraints = { account_name_key: platformErrors.conflict }
  const twice = withTx(
    pool,
    async (tx) => {
      await execute(tx, insert, [1, 'a', 0])
      await execute(tx, insert, [2, 'a', 0])
    },
    { constraints },
  )
  await expect(twice).rejects.toMatchObject({ code: 'conflict', status: 409, cause: { code: '23505' } })
  const unnamed = withTx(pool, (tx) => execute(tx, insert, [3, 'c', -1]), { constraints })
  await expect(unnamed).rejects.toMatchObject({ code: '23514', constraint: 'account_balance_check' })
  expect(await rows(pool, names)).toEqual([])
})

test('a failed statement that is swallowed cannot pass for a commit', async () => {
  const swallowing = withTx(pool, async (tx) => {
    await execute(tx, insert, [1, 'a', 0])
    await execute(tx, insert, [1, 'a', 0]).catch(() => undefined)
  })
  await expect(swallowing).rejects.toThrow(/rolled back/)
  expect(await rows(pool, names)).toEqual([])
})

test('a lost race runs again once where it may', async () => {
  await execute(pool, insert, [1, 'a', 0])
  let attempts = 0
  const increment = (retry: boolean) =>
    withTx(
      pool,
      async (tx) => {
        attempts++
        const { rows: found } = await tx.query<{ balance: number }>('select balance from account where id = 1')
        // Another transaction gets in between, the first time.
        if (attempts === 1) await pool.query('update account set balance = 10 where id = 1')
        await tx.query('update account set balance = $1 where id = 1', [(found[0]?.balance ?? 0) + 1])
      },
      { retry, isolation: 'repeatable read' },
    )
  await increment(true)
  expect(attempts).toBe(2)
  expect((await pool.query('select balance from account')).rows).toEqual([{ balance: 11 }])
  attempts = 0
  await expect(increment(false)).rejects.toMatchObject({ ...UNAVAILABLE, cause: { code: '40001' } })
  expect(attempts).toBe(1)
})

test('the pool survives the loss of an idle connection', async () => {
  const { pid } = await one(pool, backend)
  await kill(pid)
  await vi.waitFor(async () => expect((await one(pool, backend)).pid).not.toBe(pid))
})

test('a connection that is lost in a transaction is `unavailable`, and is not handed out again', async () => {
  const single = open(1)
  let lost = 0
  const broken = withTx(single, async (tx) => {
    lost = (await one(tx, backend)).pid
    await execute(tx, insert, [1, 'a', 0])
    await kill(lost)
    await one(tx, backend)
  })
  await expect(broken).rejects.toMatchObject(UNAVAILABLE)
  expect((await one(single, backend)).pid).not.toBe(lost)
  expect(await rows(single, names)).toEqual([])
  await single.end()
})

test('a connection that is lost between two statements of a transaction does not end the process', async () => {
  const single = open(1)
  const broken = withTx(single, async (tx) => {
    const gone = new Promise((resolve) => tx.once('end', resolve))
    await kill((await one(tx, backend)).pid)
    await gone
  })
  await expect(broken).rejects.toMatchObject(UNAVAILABLE)
  expect(await rows(single, names)).toEqual([])
  await single.end()
})

test('a statement that takes too long is cancelled by the server', async () => {
  await expect(rows(pool, statement('slow', 'select pg_sleep(30)'))).rejects.toMatchObject({
    ...UNAVAILABLE,
    cause: { code: '57014' },
  })
})

test('a connection that went silent is given up a second after the statement timeout, in a transaction and outside', async () => {
  const proxy = await startSilentProxy(database.urls('alpha').appUrl)
  const options = { connectionString: proxy.url, max: 2, applicationName: 'silent', statementTimeoutMs: 100 }
  const silent = createPool(options)
  const began = performance.now()
  const outside = one(silent, backend).then(() => {
    proxy.silence()
    return rows(silent, names)
  })
  await expect(outside).rejects.toMatchObject(UNAVAILABLE)
  const inside = withTx(silent, async (tx) => {
    proxy.silence()
    await execute(tx, insert, [1, 'a', 0])
  })
  await expect(inside).rejects.toMatchObject(UNAVAILABLE)
  expect(performance.now() - began).toBeLessThan(3_000)
  expect(silent.totalCount).toBe(0)
  expect(await rows(silent, names)).toEqual([])
  await silent.end()
  proxy.close()
})

test('a database answers while its pool is busy, and not when it is silent', async () => {
  const proxy = await startSilentProxy(database.urls('alpha').appUrl)
  const busy = open(1, proxy.url)
  const at = await busy.connect()
  const next = busy.connect()
  const soon = answers(busy, AbortSignal.timeout(5_000))
  // Its own query still waits behind the next.
  at.release()
  await soon
  ;(await next).release()
  await rows(busy, names)
  proxy.silence()
  await expect(answers(busy, AbortSignal.timeout(200))).rejects.toMatchObject({ name: 'TimeoutError' })
  await vi.waitFor(() => expect(busy.totalCount).toBe(0), 5_000)
  await answers(busy, AbortSignal.timeout(5_000))
  await busy.end()
  proxy.close()
})

test('no connection in time, and no server at all, are `unavailable`', async () => {
  const busy = createPool({
    connectionString: database.urls('alpha').appUrl,
    max: 1,
    applicationName: 'busy',
    statementTimeoutMs: 1_000,
    connectTimeoutMs: 100,
  })
  await withTx(busy, async () => {
    await expect(rows(busy, names)).rejects.toMatchObject(UNAVAILABLE)
  })
  await busy.end()
  await expect(rows(busy, names)).rejects.toMatchObject(UNAVAILABLE)
  const nowhere = open(1, 'postgres://u:p@127.0.0.1:1/none')
  await expect(withTx(nowhere, async () => 1)).rejects.toMatchObject(UNAVAILABLE)
  await nowhere.end()
})

test('one and maybeOne hold the caller to what it was sure of', async () => {
  await expect(one(pool, byId, [1])).rejects.toThrow(/account.by-id: expected one row, found none/)
  expect(await maybeOne(pool, byId, [1])).toBeUndefined()
  await execute(pool, insert, [1, 'a', 0])
  await execute(pool, insert, [2, 'b', 0])
  expect(await one(pool, byId, [2])).toEqual({ name: 'b' })
  await expect(maybeOne(pool, names)).rejects.toThrow(/at most one row, found 2/)
})

test('statements are prepared under their names, which Postgres would cut at 63 bytes', async () => {
  const single = open(1)
  await rows(single, names)
  const { rows: prepared } = await single.query("select name from pg_prepared_statements where name = 'account.names'")
  expect(prepared).toHaveLength(1)
  await single.end()
  expect(() => statement('x'.repeat(64), 'select 1')).toThrow(/longer than 63/)
})

test('a calendar date is the day that was stored, in any time zone', async () => {
  await pool.query("insert into account (id, born) values (1, '1931-05-17')")
  expect((await pool.query('select born from account')).rows).toEqual([{ born: '1931-05-17' }])
})

test('gauges tell the state of each pool of a process', async () => {
  const metrics = createMetrics('alpha')
  const options = { connectionString: database.urls('alpha').appUrl, max: 1, statementTimeoutMs: 1_000, metrics }
  const first = createPool({ ...options, applicationName: 'first' })
  const second = createPool({ ...options, applicationName: 'second' })
  await withTx(first, async () => {
    const waiting = rows(first, names)
    const text = await metrics.registry.metrics()
    expect(text).toMatch(/wellgate_db_pool_connections\{pool="first",state="total",.*\} 1/)
    expect(text).toMatch(/wellgate_db_pool_connections\{pool="first",state="waiting",.*\} 1/)
    expect(text).toMatch(/wellgate_db_pool_connections\{pool="second",state="total",.*\} 0/)
    return { waiting }
  }).then(({ waiting }) => waiting)
  expect(await metrics.registry.metrics()).toMatch(/pool="first",state="idle",.*\} 1/)
  await first.end()
  await second.end()
})
