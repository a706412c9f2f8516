import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import { withTx } from '../../src/db/tx.ts'
import { createOutbox, InvalidEvent } from '../../src/messaging/outbox.ts'
import { startQueueGauges } from '../../src/messaging/queue-gauges.ts'
import type { LogRecord, Outgoing } from '../../src/messaging/transport.ts'
import { openRelay } from '../../src/testing/messaging.ts'
import { createTestDatabase, type TestDatabase } from '../../src/testing/postgres.ts'
import { startSilentProxy } from '../silent-proxy.ts'
import { counted, metrics, poolOf, silent, whispered } from './fixtures.ts'

const urgent = { ...counted, type: 'alarm.raised', topic: 'alarm', lane: 'access' } as const
const outbox = createOutbox({ service: 'patients' })

describe('outbox and relay', () => {
  let database: TestDatabase
  let pool: ReturnType<typeof poolOf>
  let directUrl: string
  beforeAll(async () => {
    database = await createTestDatabase({ services: [{ name: 'patients' }] })
    directUrl = database.urls('patients').appUrl
    pool = poolOf(directUrl)
  })
  const running: { close(): Promise<void> }[] = []
  afterEach(async () => {
    await Promise.all(running.splice(0).map((relay) => relay.close()))
  })
  afterAll(async () => {
    await pool.end()
    await database.drop()
  })
  const relayTo = (publish: (records: readonly LogRecord[]) => Promise<void>, registry = metrics()) => {
    const transport = { publish }
    const relay = openRelay({ directUrl, schema: 'patients', transport, log: silent, metrics: registry, pollMs: 50 })
    running.push(relay)
    return relay
  }
  const raise = (contract: typeof counted | typeof urgent, n: number) =>
    withTx(pool, (tx) => outbox.append(tx, contract, { aggregateVersion: n, payload: { id: 'k', n } }))

  test('a bulk that is stuck does not delay the access lane', async () => {
    const bulk = Promise.withResolvers<void>()
    const topics: string[] = []
    const relay = relayTo(async (records) => {
      if (records[0]?.topic === 'tally') await bulk.promise
      topics.push(...records.map(({ topic }) => topic))
    })
    await raise(counted, 1)
    relay.start()
    await raise(urgent, 1)
    await vi.waitFor(() => expect(topics).toEqual(['alarm']))
    bulk.resolve()
    await relay.processAll()
    expect(topics).toEqual(['alarm', 'tally'])
  })

  test('an event goes out when it is told, however seldom the relay looks by itself', async () => {
    const published = vi.fn<() => Promise<void>>(() => Promise.resolve())
    const options = { directUrl, schema: 'patients', log: silent, metrics: metrics(), pollMs: 3_600_000 }
    const relay = openRelay({ ...options, transport: { publish: published } })
    running.push(relay)
    relay.start()
    // The first look, and that at the beginning of listening, may find one each.
    for (let n = 1; n <= 5; n++) {
      await raise(counted, n)
      await vi.waitFor(() => expect(published).toHaveBeenCalledTimes(n))
    }
  })

  test('what no service reads goes out quietly, and what is not declared does not', async () => {
    const quiet: unknown[] = []
    const transport = {
      publish: async (records: readonly Outgoing[]) => void quiet.push(...records.map((r) => r.quiet)),
    }
    const events = [{ ...counted, readers: [] }]
    const relay = openRelay({ directUrl, schema: 'patients', events, transport, log: silent, metrics: metrics() })
    await raise(counted, 1)
    await relay.processAll()
    await raise(urgent, 1)
    await relay.processAll()
    expect(quiet).toEqual([true, undefined])
    await relay.close()
  })

  test('of two processes one leads, and the other takes over when it ends', async () => {
    const published: string[] = []
    const leads = relayTo(async (records) => void published.push(...records.map(() => 'first')))
    leads.start()
    await raise(counted, 1)
    await leads.processAll()
    const waits = relayTo(async (records) => void published.push(...records.map(() => 'second')))
    waits.start()
    for (let n = 0; n < 5; n++) await raise(counted, n)
    await leads.processAll()
    expect(published).toEqual(Array.from({ length: 6 }, () => 'first'))
    await leads.close()
    await raise(counted, 9)
    await waits.processAll()
    expect(published.at(-1)).toBe('second')
  })

  test('of a leader that the database hears nothing of any more, another takes over', async () => {
    const proxy = await startSilentProxy(directUrl)
    const leads = openRelay({
      directUrl: proxy.url,
      schema: 'patients',
      transport: { publish: () => Promise.resolve() },
      log: silent,
      metrics: metrics(),
      silenceMs: 500,
    })
    leads.start()
    await raise(counted, 1)
    await vi.waitFor(async () => expect((await pool.query('SELECT FROM outbox')).rowCount).toBe(0))
    // As when its machine loses its power: no connection is ended.
    proxy.silence()
    const published: unknown[] = []
    const takesOver = relayTo(async (records) => void published.push(...records))
    takesOver.start()
    await raise(counted, 2)
    await vi.waitFor(() => expect(published).toHaveLength(1), { timeout: 20_000, interval: 20 })
    await leads.close()
    proxy.close()
  })

  test('a batch that the broker says nothing of is left when the relay closes, and goes out at the next start', async () => {
    const asked = Promise.withResolvers<void>()
    const silence = Promise.withResolvers<void>()
    const left = relayTo(() => {
      asked.resolve()
      return silence.promise
    })
    left.start()
    await raise(counted, 1)
    await asked.promise
    const begun = performance.now()
    await left.close()
    // Of the 5 s that its phase of a shutdown may take.
    expect(performance.now() - begun).toBeLessThan(4_000)
    // Too late, the broker takes it after all: the row is not this relay's any more.
    silence.resolve()
    const published: unknown[] = []
    await relayTo(async (records) => void published.push(...records.map(({ topic }) => topic))).processAll()
    expect(published).toEqual(['tally'])
  })

  test('a batch that the broker takes is waited for when the relay closes', async () => {
    const asked = Promise.withResolvers<void>()
    const taken = Promise.withResolvers<void>()
    const relay = relayTo(() => {
      asked.resolve()
      return taken.promise
    })
    relay.start()
    await raise(counted, 1)
    await asked.promise
    const closed = relay.close()
    taken.resolve()
    await closed
    expect((await pool.query('SELECT FROM outbox')).rowCount).toBe(0)
  })

  test('while the broker refuses, events wait, age and are counted by every process', async () => {
    const registry = metrics()
    const broker = { up: false }
    const relay = relayTo(async () => {
      if (!broker.up) throw new Error('away')
    }, registry)
    relay.start()
    const lag = () => Promise.reject(new Error('away'))
    const other = metrics()
    const groups = [{ group: 'patients', topics: ['tally'] }]
    running.push(startQueueGauges({ groups, pool, transport: { lag }, metrics: other, log: silent, everyMs: 10 }))
    await raise(counted, 1)
    await vi.waitFor(async () => {
      const text = await other.registry.metrics()
      expect(await registry.registry.metrics()).toMatch(/wellgate_publish_failures_total\{lane="default".* [1-9]/)
      expect(text).toMatch(/wellgate_outbox_depth\{lane="default".* 1$/m)
      expect(text).toMatch(/wellgate_outbox_oldest_age_seconds\{lane="default".* 0\.\d+$/m)
      expect(text).toMatch(/wellgate_parked_events\{group="patients".* 0$/m)
    })
    broker.up = true
    await relay.processAll()
  })

  test('a broker that does not answer delays neither the other gauges nor the end', async () => {
    const other = metrics()
    const groups = [{ group: 'patients', topics: ['tally'] }]
    const asked = Promise.withResolvers<void>()
    const lag = () => {
      asked.resolve()
      return new Promise<never>(() => undefined)
    }
    const gauges = startQueueGauges({ groups, pool, transport: { lag }, metrics: other, log: silent, everyMs: 10 })
    await asked.promise
    await raise(counted, 1)
    const told = /wellgate_outbox_depth\{lane="default".* 1$/m
    await vi.waitFor(async () => expect(await other.registry.metrics()).toMatch(told), { timeout: 10_000 })
    await gauges.close()
    await relayTo(() => Promise.resolve()).processAll()
  })

  test('an event is refused where its contract does not allow it, and nothing is kept', async () => {
    const append = (work: Parameters<typeof withTx<string>>[1]) => withTx(pool, work)
    const payload = { id: 'k', n: 1 }
    const stranger = createOutbox({ service: 'records' })
    await expect(append((tx) => stranger.append(tx, counted, { aggregateVersion: 1, payload }))).rejects.toBeInstanceOf(
      InvalidEvent,
    )
    const wrong = { id: 'k', n: 'Jane' } as unknown as typeof payload
    await expect(append((tx) => outbox.append(tx, counted, { aggregateVersion: 1, payload: wrong }))).rejects.toThrow(
      'tally.counted v1: payload does not satisfy the contract at n: invalid_type',
    )
    const secret = { aggregateVersion: 1, payload: { id: 'k', words: 'w' } }
    await expect(append((tx) => outbox.append(tx, whispered, secret))).rejects.toThrow('needs an event sealer')
    const big = { id: 'x'.repeat(600_000), n: 1 }
    await expect(append((tx) => outbox.append(tx, counted, { aggregateVersion: 1, payload: big }))).rejects.toThrow(
      'too large',
    )
    expect((await pool.query('SELECT FROM outbox')).rowCount).toBe(0)
  })

  test('many events are appended in one statement and keep their order', async () => {
    const entries = Array.from({ length: 1_200 }, (_, n) => ({
      contract: counted,
      aggregateVersion: n,
      payload: { id: 'k', n },
    }))
    const ids = await withTx(pool, (tx) => outbox.appendMany(tx, entries))
    const seen: string[] = []
    await relayTo(
      async (records) => void seen.push(...records.map(({ headers }) => headers['ce-id'] ?? '')),
    ).processAll()
    expect(seen).toEqual(ids)
  })
})
