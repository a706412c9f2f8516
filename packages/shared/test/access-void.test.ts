import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { accessHandlers } from '../src/access/access-events.ts'
import { createVoidList, type VoidList } from '../src/access/void-list.ts'
import { createPool, type Pool } from '../src/db/pool.ts'
import { withTx } from '../src/db/tx.ts'
import type { Message } from '../src/messaging/message.ts'
import { createLogger } from '../src/observability/logger.ts'
import { createMetrics } from '../src/observability/metrics.ts'
import { createTestDatabase, type TestDatabase } from '../src/testing/postgres.ts'
import { actorOf } from './http-fixture.ts'

const log = createLogger({ service: 'test', level: 'silent' })
let database: TestDatabase
let pool: Pool
let list: VoidList | undefined

beforeAll(async () => {
  database = await createTestDatabase({ services: [{ name: 'records' }] })
  pool = newPool()
})
afterEach(async () => {
  await list?.close()
  await pool.query('delete from access_void; delete from access_heartbeat')
})
afterAll(async () => {
  await pool.end()
  await database.drop()
})

const newPool = (): Pool =>
  createPool({
    connectionString: database.urls('records').appUrl,
    max: 3,
    applicationName: 'test',
    statementTimeoutMs: 2_000,
  })

/** Handles an event as the consumer does: in a transaction. */
async function hear(
  type: string,
  payload: Readonly<Record<string, unknown>>,
  time: string = new Date().toISOString(),
): Promise<void> {
  const handler = accessHandlers().find(({ contract }) => contract.type === type)
  if (!handler) throw new Error(type)
  const message = { id: crypto.randomUUID(), key: 'x', envelope: { aggregateversion: 1, time } } as unknown as Message
  await withTx(pool, await handler.prepare(message, payload))
}

const heartbeat = (time?: string): Promise<void> => hear('access.heartbeat', { producer: 'identity' }, time)

describe('the void list', () => {
  it('feels an ended session within a second, without being asked to', async () => {
    const [ana, ben] = [actorOf(), actorOf()]
    await heartbeat()
    list = createVoidList({ pool, log })
    const running = list
    await running.refresh()
    expect(running.check(ana)).toBe('ok')
    await hear('access.session-revoked', { sessionId: ana.sessionId, accountId: ana.accountId })
    await vi.waitFor(() => expect(running.check(ana)).toBe('void'), { timeout: 1_000, interval: 20 })
    expect(running.check(ben)).toBe('ok')
  })

  it('voids tokens below the access version of the account, whatever order the news come in', async () => {
    const ana = actorOf({ tokenVersion: 3 })
    await heartbeat()
    await hear('access.account-changed', { accountId: ana.accountId, accessVersion: 4 })
    await hear('access.account-changed', { accountId: ana.accountId, accessVersion: 2 })
    list = createVoidList({ pool, log })
    await list.refresh()
    expect(list.check(ana)).toBe('void')
    expect(list.check({ ...ana, tokenVersion: 4 })).toBe('ok')
  })

  it('takes the same event twice', async () => {
    const ana = actorOf()
    for (let i = 0; i < 2; i++)
      await hear('access.session-revoked', { sessionId: ana.sessionId, accountId: ana.accountId })
    expect((await pool.query('select from access_void')).rowCount).toBe(1)
  })

  it('is stale until the first heartbeat, and 30 s after the last', async () => {
    let time = 0
    list = createVoidList({ pool, log, clock: () => time, everyMs: 3_600_000 })
    await list.refresh()
    expect(list.check(actorOf())).toBe('stale')
    await heartbeat()
    await list.refresh()
    expect(list.check(actorOf())).toBe('ok')
    time += 29_000
    expect(list.check(actorOf())).toBe('ok')
    time += 2_000
    expect(list.check(actorOf())).toBe('stale')
  })

  it('does not take a heartbeat out of a backlog for news', async () => {
    list = createVoidList({ pool, log })
    await heartbeat(new Date(Date.now() - 60_000).toISOString())
    await list.refresh()
    expect(list.check(actorOf())).toBe('stale')
    await heartbeat()
    await heartbeat(new Date(Date.now() - 60_000).toISOString())
    await list.refresh()
    expect(list.check(actorOf())).toBe('ok')
  })

  it('sees a row that was written long before it was committed', async () => {
    const ana = actorOf()
    list = createVoidList({ pool, log })
    const client = await pool.connect()
    await client.query('begin')
    await client.query(
      "insert into access_void (kind, id, voided_at) values ('session', $1, now() - interval '20 seconds')",
      [ana.sessionId],
    )
    await list.refresh()
    await list.refresh()
    expect(list.check(ana)).toBe('stale')
    await client.query('commit')
    client.release()
    await list.refresh()
    expect(list.check(ana)).toBe('void')
  })

  it('sees what came while its machine stood still, and the clock of the machine with it', async () => {
    const ana = actorOf()
    await heartbeat()
    list = createVoidList({ pool, log, clock: () => 0, everyMs: 3_600_000, overlapMs: 0 })
    await list.refresh()
    await hear('access.session-revoked', { sessionId: ana.sessionId, accountId: ana.accountId })
    await list.refresh()
    expect(list.check(ana)).toBe('void')
  })

  it('keeps what it knows while the database is away, and forgets what can matter no more', async () => {
    let time = 0
    const ana = actorOf()
    await hear('access.session-revoked', { sessionId: ana.sessionId, accountId: ana.accountId })
    const own = newPool()
    list = createVoidList({ pool: own, log, clock: () => time, everyMs: 3_600_000 })
    await list.refresh()
    await own.end()
    await list.refresh()
    expect(list.check(ana)).toBe('void')
    await list.close()
    list = createVoidList({ pool, log, clock: () => time, everyMs: 3_600_000 })
    await list.refresh()
    await pool.query('delete from access_void')
    time += 16 * 60_000
    await list.refresh()
    expect(list.check(ana)).toBe('stale')
  })

  it('gives up a read without an answer after 2 s, and reads again', async () => {
    const ana = actorOf()
    await hear('access.session-revoked', { sessionId: ana.sessionId, accountId: ana.accountId })
    const query = vi.spyOn(pool, 'query').mockReturnValueOnce(new Promise(() => undefined) as never)
    list = createVoidList({ pool, log, everyMs: 3_600_000 })
    const began = performance.now()
    await list.refresh()
    expect(performance.now() - began).toBeLessThan(2_500)
    await list.refresh()
    expect(list.check(ana)).toBe('void')
    query.mockRestore()
  })

  it('shows the age of the last heartbeat to operators', async () => {
    const metrics = createMetrics('test')
    list = createVoidList({ pool, log, metrics })
    await heartbeat()
    await list.refresh()
    expect(await metrics.registry.metrics()).toMatch(/wellgate_access_heartbeat_age_seconds\{service="test"\} 0\.\d+/)
  })
})
