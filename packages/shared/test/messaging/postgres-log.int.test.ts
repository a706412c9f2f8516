import { Client } from 'pg'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { installPostgresTransport } from '../../src/messaging/postgres/install.ts'
import { topicsOf } from '../../src/messaging/topics.ts'
import type { LogRecord, Transport } from '../../src/messaging/transport.ts'
import { openPostgresTransport } from '../../src/testing/messaging.ts'
import { createTestDatabase, type TestDatabase } from '../../src/testing/postgres.ts'
import { runSql, someGroup, upTo } from './bench.ts'
import { silent, testEvents } from './fixtures.ts'

const claim = (client: Client) => client.query("SELECT * FROM events.claim('g', ARRAY['tally'], NULL, 1, 1)")
const record = (key: string, value = '{}'): LogRecord => ({ topic: 'tally', key, headers: {}, value })

describe('the log of the postgres transport', () => {
  let database: TestDatabase
  let admin: Client
  let producer: Transport
  let reader: Transport
  let stranger: Client
  beforeAll(async () => {
    database = await createTestDatabase({ services: [{ name: 'patients' }, { name: 'records' }] })
    await installPostgresTransport({ adminUrl: database.adminUrl, topics: topicsOf(testEvents) })
    const open = (service: string) =>
      openPostgresTransport({
        connectionString: database.urls(service).appUrl,
        applicationName: service,
        log: silent,
      })
    producer = open('patients')
    reader = open('records')
    admin = new Client({ connectionString: database.adminUrl })
    stranger = new Client({ connectionString: database.urls('records').appUrl })
    await Promise.all([admin.connect(), stranger.connect()])
  })
  afterAll(async () => {
    await Promise.all([producer.close(), reader.close(), admin.end(), stranger.end()])
    await database.drop()
  })

  test('a role publishes and reads only the topics its contracts give it', async () => {
    await producer.publish([record('a')])
    await expect(reader.publish([record('a')])).rejects.toMatchObject({ code: '42501' })
    await expect(producer.publish([{ ...record('a'), topic: 'nothing' }])).rejects.toMatchObject({ code: '42501' })
    await expect(claim(stranger)).resolves.toBeDefined()
    const patients = new Client({ connectionString: database.urls('patients').appUrl })
    await patients.connect()
    await expect(claim(patients)).rejects.toMatchObject({ code: '42501' })
    await patients.end()
  })

  test('no role reaches the tables behind the functions', async () => {
    for (const table of ['log', 'topic_grant', 'group_offset', 'partition_head', 'topic']) {
      await expect(stranger.query(`SELECT FROM events.${table}`)).rejects.toMatchObject({ code: '42501' })
      await expect(stranger.query(`DELETE FROM events.${table}`)).rejects.toMatchObject({ code: '42501' })
    }
  })

  test('offsets are dense under concurrent publishers that touch many partitions', async () => {
    const batches = upTo(30).map((n) => upTo(20).map((i) => record(`k${(n * 31 + i * 7) % 50}`)))
    await Promise.all(batches.map((batch) => producer.publish(batch)))
    const { rows } = await admin.query<{ dense: boolean }>(
      `SELECT count(*) = h.next_offset AND min(l."offset") = 0 AND max(l."offset") = h.next_offset - 1 AS dense
       FROM events.partition_head h JOIN events.log l USING (topic, partition)
       GROUP BY topic, partition, h.next_offset`,
    )
    expect(rows.length).toBeGreaterThan(8)
    expect(rows.every(({ dense }) => dense)).toBe(true)
  })

  test('a record is read when it is told, however seldom a member looks by itself', async () => {
    const options = { connectionString: database.urls('records').appUrl, applicationName: 'seldom', log: silent }
    const seldom = openPostgresTransport({ ...options, pollMs: 3_600_000 })
    const seen: string[] = []
    const onMessage = async ({ key, value }: LogRecord) => void (key === 'told' && seen.push(value))
    seldom.subscribe({ group: someGroup(), topics: ['tally'], onMessage })
    // The first look, and that at the beginning of listening, may find one each.
    for (const value of ['1', '2', '3', '4', '5']) {
      await producer.publish([record('told', value)])
      await vi.waitFor(() => expect(seen.at(-1)).toBe(value))
    }
    await seldom.close()
  })

  test('who has a batch holds no partition but its own, whatever of other types was passed over', async () => {
    const group = someGroup()
    const claimAs = async (client: Client) => {
      const text = `SELECT partition, "offset" FROM events.claim($1, ARRAY['tally'], ARRAY['wanted'], 1, 1)`
      return (await client.query<{ partition: number; offset: string | null }>(text, [group])).rows[0]
    }
    /** Until something is claimed: each claim that passes over a partition has a transaction of its own. */
    const batchOf = async (client: Client) => {
      for (let n = 0; n < 30; n++) {
        await client.query('BEGIN')
        const found = await claimAs(client)
        if (!found || found.offset !== null) return found
        await client.query('COMMIT')
      }
      throw new Error('the log passes over more partitions than it has')
    }
    const second = new Client({ connectionString: database.urls('records').appUrl })
    await second.connect()
    await stranger.query('SELECT events.join_group($1, $2)', [group, ['tally']])
    await producer.publish(upTo(60).map((n) => ({ ...record(`k${n}`), type: n === 60 ? 'wanted' : 'other' })))
    const mine = await batchOf(stranger)
    expect(mine?.offset).toEqual(expect.any(String))
    await producer.publish(upTo(60).map((n) => ({ ...record(`k${n}`), type: 'wanted' })))
    const theirs = await batchOf(second)
    expect(theirs?.offset).toEqual(expect.any(String))
    expect(theirs?.partition).not.toBe(mine?.partition)
    await Promise.all([stranger.query('ROLLBACK'), second.query('ROLLBACK')])
    await second.end()
  })

  test('a group is given the types that it has a use for, in order, and passes over the others', async () => {
    const group = someGroup()
    const seen: string[] = []
    const typed = (type: string | undefined, value: string) => ({
      ...record('typed', value),
      ...(type ? { type } : {}),
    })
    await producer.publish([
      typed('other', '1'),
      typed('wanted', '2'),
      typed('other', '3'),
      typed(undefined, '4'),
      typed('wanted', '5'),
      typed('other', '6'),
    ])
    const subscription = reader.subscribe({
      group,
      topics: ['tally'],
      types: ['wanted'],
      onMessage: async ({ key, value }) => void (key === 'typed' && seen.push(value)),
    })
    await expect.poll(() => reader.lag(group, ['tally'])).toEqual({ tally: 0 })
    expect(seen).toEqual(['2', '4', '5'])
    await subscription.close()
  })

  test('nobody is woken for a quiet record, and it is read with what comes next', async () => {
    const listener = new Client({ connectionString: database.adminUrl })
    await listener.connect()
    const heard: string[] = []
    listener.on('notification', ({ channel }) => heard.push(channel))
    await listener.query('LISTEN events_tally')
    const group = someGroup()
    const seen: string[] = []
    await producer.publish([{ ...record('hushed', '"hushed"'), quiet: true }])
    // Notifications arrive before the answer to a later statement.
    await listener.query('SELECT 1')
    expect(heard).toEqual([])
    await producer.publish([record('hushed', '"loud"'), { ...record('hushed', '"hushed too"'), quiet: true }])
    await listener.query('SELECT 1')
    expect(heard).toEqual(['events_tally'])
    await listener.end()
    const subscription = reader.subscribe({
      group,
      topics: ['tally'],
      onMessage: async ({ key, value }) => void (key === 'hushed' && seen.push(value)),
    })
    await expect.poll(() => reader.lag(group, ['tally'])).toEqual({ tally: 0 })
    expect(seen).toEqual(['"hushed"', '"loud"', '"hushed too"'])
    await subscription.close()
  })

  test('records older than the retention go, and a group that had not read them goes on behind them', async () => {
    await producer.publish([record('old', '"old"')])
    await admin.query(`UPDATE events.log SET published_at = now() - interval '15 days'`)
    await producer.publish([record('new', '"new"')])
    await stranger.query('SELECT events.expire()')
    const seen: string[] = []
    const group = someGroup()
    const subscription = reader.subscribe({
      group,
      topics: ['tally'],
      onMessage: async ({ value }) => void seen.push(value),
    })
    await expect.poll(() => reader.lag(group, ['tally'])).toEqual({ tally: 0 })
    expect(seen).toEqual(['"new"'])
    await subscription.close()
  })

  test('installing again changes nothing, and rights follow the contracts', async () => {
    const { adminUrl } = database
    const topics = topicsOf(testEvents)
    const install = () => installPostgresTransport({ adminUrl, topics })
    await install()
    await producer.publish([record('again')])
    const moved = topics.map((topic) => ({ ...topic, producers: ['records'] as const }))
    await installPostgresTransport({ adminUrl, topics: moved })
    await expect(producer.publish([record('again')])).rejects.toMatchObject({ code: '42501' })
    await install()
    await producer.publish([record('again')])
  })

  test('to install for some services takes nothing from the others', async () => {
    const { adminUrl } = database
    await admin.query('REVOKE ALL ON ALL FUNCTIONS IN SCHEMA events FROM patients_app')
    await installPostgresTransport({ adminUrl, topics: topicsOf(testEvents), services: ['records'] })
    await producer.publish([record('still')])
  })

  test('a message that fails is delivered again, and what came before it is not', async () => {
    const group = someGroup()
    const seen: string[] = []
    await runSql(database.adminUrl, 'DELETE FROM events.log')
    await producer.publish(upTo(3).map((n) => record('same', String(n))))
    const subscription = reader.subscribe({
      group,
      topics: ['tally'],
      onMessage: async ({ value }) => {
        seen.push(value)
        if (seen.length === 2) throw new Error('once')
      },
    })
    await expect.poll(() => reader.lag(group, ['tally'])).toEqual({ tally: 0 })
    expect(seen).toEqual(['1', '2', '2', '3'])
    await subscription.close()
  })
})
