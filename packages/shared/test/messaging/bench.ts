import { randomUUID } from 'node:crypto'
import { Client } from 'pg'
import { type Tx, withTx } from '../../src/db/tx.ts'
import { type Consumer, createConsumer } from '../../src/messaging/consumer.ts'
import { type EventHandler, handle } from '../../src/messaging/handlers.ts'
import { createOutbox } from '../../src/messaging/outbox.ts'
import { openRelay } from '../../src/testing/messaging.ts'
import type { Transport } from '../../src/messaging/transport.ts'
import { createTestDatabase, type TestDatabase } from '../../src/testing/postgres.ts'
import { counted, EFFECTS, metrics, poolOf, recordEffect, silent, testSealer } from './fixtures.ts'

/** A broker as the contract suite needs it. */
export interface Broker {
  /** A transport that acts as the service. */
  transport(service: 'patients' | 'records'): Transport
  /** Makes the broker unreachable for everybody, then reachable again. */
  stop(): Promise<void>
  start(): Promise<void>
  /** Every byte the broker keeps. */
  stored(): Promise<Buffer>
  /** Environment from which a child process makes the transport of service `records`. */
  readonly child: Readonly<Record<string, string>>
  close(): Promise<void>
}

export type Bench = Awaited<ReturnType<typeof createBench>>

export const FAST_RETRY = { attempts: 3, firstDelayMs: 5, maxDelayMs: 20 }
const eventSealer = testSealer()

/** One producer (patients) and one consumer (records) with their database and a broker; each test has its own groups. */
export async function createBench(makeBroker: (database: TestDatabase) => Promise<Broker>) {
  const database = await createTestDatabase({ services: [{ name: 'patients' }, { name: 'records' }] })
  const urls = { patients: database.urls('patients'), records: database.urls('records') }
  await runSql(urls.patients.ownerUrl, EFFECTS)
  await runSql(urls.records.ownerUrl, EFFECTS)
  const broker = await makeBroker(database)
  const pools = { patients: poolOf(urls.patients.appUrl, 16), records: poolOf(urls.records.appUrl) }
  const open = { patients: broker.transport('patients'), records: broker.transport('records') }
  const outbox = createOutbox({ service: 'patients', eventSealer })
  const started: { close(): Promise<void> }[] = []
  const later = <T extends { close(): Promise<void> }>(thing: T): T => {
    started.push(thing)
    return thing
  }
  return {
    broker,
    pools,
    open,
    outbox,
    urls,
    relay: (transport: Pick<Transport, 'publish'> = open.patients) =>
      later(
        openRelay({
          directUrl: urls.patients.appUrl,
          schema: 'patients',
          transport,
          log: silent,
          metrics: metrics(),
        }),
      ),
    /** Counts a tally up by one and tells of it in one transaction; the event's id. */
    count: (id: string, extra: { poison?: boolean } = {}) =>
      withTx(pools.patients, async (tx) => {
        const text = `INSERT INTO tally AS t (id, n) VALUES ($1, 1)
                      ON CONFLICT (id) DO UPDATE SET n = t.n + 1 RETURNING n`
        const { rows } = await tx.query<{ n: number }>(text, [id])
        const n = rows[0]?.n ?? 0
        return outbox.append(tx, counted, { aggregateVersion: n, payload: { id, n, ...extra } })
      }),
    append: (work: (tx: Tx) => Promise<string>) => withTx(pools.patients, work),
    /** A running consumer of service `records`; by default its effect is one row per event, and poison throws. */
    consume: (
      group: string,
      options: { member?: string; transport?: Transport; handlers?: readonly EventHandler[] } = {},
    ): Consumer => {
      const consumer = createConsumer({
        service: 'records',
        group,
        pool: pools.records,
        transport: options.transport ?? open.records,
        handlers: options.handlers ?? [tallyHandler(group, options.member)],
        eventSealer,
        retry: FAST_RETRY,
        log: silent,
        metrics: metrics(),
      })
      consumer.start()
      return later(consumer)
    },
    /** Effects of a group, of one key or all, in the order they were made. */
    effects: async (group: string, id?: string) => {
      const text = `SELECT id, n, split_part(member, '/', 2) AS member FROM effect
                    WHERE member LIKE $1 || '/%' AND ($2::text IS NULL OR id = $2) ORDER BY at`
      return (await pools.records.query<{ id: string; n: number; member: string }>(text, [group, id ?? null])).rows
    },
    /** Ends the relays, consumers and transports that a test has begun. */
    tidy: async () => {
      await Promise.all(started.splice(0).map((thing) => thing.close()))
    },
    later,
    close: async () => {
      await Promise.allSettled([open.patients.close(), open.records.close()])
      await broker.close()
      await Promise.allSettled([pools.patients.end(), pools.records.end()])
      await database.drop()
    },
  }
}

export const tallyHandler = (group: string, member = 'one') =>
  handle(counted, async (tx, { payload }) => {
    await recordEffect(tx, payload, `${group}/${member}`)
    if (payload.poison) throw new Error(`cannot digest ${payload.id}`)
  })

/** Names of their own, so that tests on one log do not meet. */
export const someKey = (name: string) => `${name}-${randomUUID().slice(0, 8)}`
export const someGroup = () => `g-${randomUUID().slice(0, 8)}`
export const upTo = (n: number) => Array.from({ length: n }, (_, i) => i + 1)

export async function runSql(connectionString: string, sql: string): Promise<void> {
  const client = new Client({ connectionString })
  await client.connect()
  try {
    await client.query(sql)
  } finally {
    await client.end()
  }
}
