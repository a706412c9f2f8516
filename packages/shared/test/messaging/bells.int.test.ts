import { Client } from 'pg'
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import { type Bells, createBells } from '../../src/messaging/bells.ts'
import { createTestDatabase, type TestDatabase } from '../../src/testing/postgres.ts'
import { startSilentProxy } from '../silent-proxy.ts'
import { silent } from './fixtures.ts'

describe('the bells of a process', () => {
  let database: TestDatabase
  let admin: Client
  let bells: Bells
  beforeAll(async () => {
    database = await createTestDatabase({ services: [{ name: 'patients' }] })
    admin = new Client({ connectionString: database.adminUrl })
    await admin.connect()
  })
  afterEach(() => bells.close())
  afterAll(async () => {
    await admin.end()
    await database.drop()
  })

  const open = (): Bells =>
    (bells = createBells({
      connectionString: database.urls('patients').appUrl,
      applicationName: 'some-bells',
      log: silent,
    }))
  const notify = (channel: string) => admin.query('SELECT pg_notify($1, $2)', [channel, ''])
  const sessions = async (): Promise<number[]> => {
    const text = `SELECT pid FROM pg_stat_activity WHERE application_name = 'some-bells'`
    return (await admin.query<{ pid: number }>(text)).rows.map(({ pid }) => pid)
  }
  /** A listener that is heard of: it rings when its channel is listened to, and then only for what is said. */
  const listening = async (channel: string) => {
    const ring = vi.fn<() => void>()
    const deafen = bells.listen(channel, ring)
    await vi.waitFor(() => expect(ring).toHaveBeenCalledOnce())
    ring.mockClear()
    return { ring, deafen }
  }

  test('all hear their own channel over one session', async () => {
    open()
    const first = await listening('first')
    const second = await listening('second')
    await notify('second')
    await vi.waitFor(() => expect(second.ring).toHaveBeenCalledOnce())
    expect(first.ring).not.toHaveBeenCalled()
    expect(await sessions()).toHaveLength(1)
  })

  test('two who listen to one channel both hear it, and who has left hears nothing', async () => {
    open()
    const stays = await listening('shared')
    const leaves = vi.fn<() => void>()
    const deafen = bells.listen('shared', leaves)
    await notify('shared')
    await vi.waitFor(() => expect(leaves).toHaveBeenCalledOnce())
    deafen()
    await notify('shared')
    await vi.waitFor(() => expect(stays.ring).toHaveBeenCalledTimes(2))
    expect(leaves).toHaveBeenCalledOnce()
  })

  test('a session that is lost is opened anew, and everybody looks at what may have been missed', async () => {
    open()
    const { ring } = await listening('again')
    const [before] = await sessions()
    await admin.query('SELECT pg_terminate_backend($1)', [before])
    await vi.waitFor(() => expect(ring).toHaveBeenCalledOnce())
    await notify('again')
    await vi.waitFor(() => expect(ring).toHaveBeenCalledTimes(2))
    expect(await sessions()).not.toContain(before)
  })

  test('nobody who listens, no session; and none is left at the end', async () => {
    const idle = open()
    open()
    // By the time that the second has a session, one of the first would be there, too.
    await listening('some')
    expect(await sessions()).toHaveLength(1)
    await Promise.all([idle.close(), bells.close()])
    await vi.waitFor(async () => expect(await sessions()).toEqual([]))
  })

  test('a server that has gone silent does not hold up the end', async () => {
    const proxy = await startSilentProxy(database.urls('patients').appUrl)
    bells = createBells({ connectionString: proxy.url, applicationName: 'silent-bells', log: silent })
    await listening('any')
    proxy.silence()
    const begun = performance.now()
    await bells.close()
    // Of the 5 s that its phase of a shutdown may take.
    expect(performance.now() - begun).toBeLessThan(4_000)
    proxy.close()
  })
})
