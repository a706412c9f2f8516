import { Client } from 'pg'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import type { AuditEntry } from '../src/audit/entry.ts'
import { createAuditWriter, type AuditWriter } from '../src/audit/writer.ts'
import { createMetrics, type Metrics } from '../src/observability/metrics.ts'
import { createTestDatabase, type TestDatabase } from '../src/testing/postgres.ts'
import { ANA, actorOf, startTestServer } from './http-fixture.ts'

let database: TestDatabase
let admin: Client
let writer: AuditWriter
let metrics: Metrics

beforeAll(async () => {
  database = await createTestDatabase({ services: [{ name: 'records' }] })
  admin = new Client({ connectionString: database.adminUrl })
  await admin.connect()
})
beforeEach(async () => {
  await admin.query('truncate records.audit_entry')
  metrics = createMetrics('test')
  writer = createAuditWriter({ connectionString: database.urls('records').appUrl, service: 'records', metrics })
})
afterEach(() => writer.close())
afterAll(async () => {
  await admin.end()
  await database.drop()
})

const entryOf = (more: Partial<AuditEntry> = {}): AuditEntry => ({
  at: new Date(),
  requestId: crypto.randomUUID(),
  route: '/v1/patients/:patientId',
  action: 'read',
  actorId: crypto.randomUUID(),
  sessionId: crypto.randomUUID(),
  patientId: ANA,
  roles: ['clinician@33333333-3333-4333-8333-333333333333'],
  relation: 'staff-role',
  purpose: 'TREAT',
  decision: 'allow',
  status: 200,
  ...more,
})

const stored = async (): Promise<Record<string, unknown>[]> =>
  (await admin.query<Record<string, unknown>>('select * from records.audit_entry order by id')).rows

const batches = async (): Promise<number> => {
  const metric = await metrics.registry.getSingleMetric('wellgate_audit_write_seconds')?.get()
  return (
    metric?.values.find((value) => 'metricName' in value && value.metricName === 'wellgate_audit_write_seconds_count')
      ?.value ?? 0
  )
}

const rejected = async (): Promise<number | undefined> =>
  (await metrics.registry.getSingleMetric('wellgate_audit_rejected_total')?.get())?.values[0]?.value

/** Ends the writer's session on the server; resolves when it is gone. */
const cutConnection = async (): Promise<void> => {
  const gone = await admin.query(
    "select pg_terminate_backend(pid, 2000) from pg_stat_activity where application_name = 'records-audit'",
  )
  expect(gone.rowCount).toBe(1)
}

describe('the audit writer', () => {
  it('has stored every field when it resolves', async () => {
    const entry = entryOf({ detail: { imports: 2, ids: ['a', 'b'] } })
    await writer.record(entry)
    const { requestId, actorId, sessionId, patientId, ...same } = entry
    const renamed = { request_id: requestId, actor_id: actorId, session_id: sessionId, patient_id: patientId }
    const id = expect.stringMatching(/^[0-9a-f-]{36}$/) as string
    expect(await stored()).toEqual([{ ...same, ...renamed, id, service: 'records' }])
  })

  it('shares commits among all that wait, and loses and doubles nothing', async () => {
    const entries = Array.from({ length: 2_000 }, () => entryOf())
    await Promise.all(entries.map((entry) => writer.record(entry)))
    const ids = (await stored()).map(({ request_id }) => request_id)
    expect(new Set(ids)).toEqual(new Set(entries.map(({ requestId }) => requestId)))
    expect(ids).toHaveLength(2_000)
    expect(await batches()).toBeLessThan(10)
  })

  it('resolves only what is durable: what another session cannot see yet was not promised', async () => {
    await writer.record(entryOf())
    await admin.query('begin; lock table records.audit_entry in share mode')
    let settled = false
    const recording = writer.record(entryOf()).finally(() => (settled = true))
    await admin.query('select pg_sleep(0.1)')
    expect(settled).toBe(false)
    await admin.query('commit')
    await recording
    expect(await stored()).toHaveLength(2)
  })

  it('rejects after 2 s, and does not write later what was refused', async () => {
    await writer.record(entryOf())
    await admin.query('begin; lock table records.audit_entry in share mode')
    const began = performance.now()
    const [first, second] = await Promise.allSettled([writer.record(entryOf()), writer.record(entryOf())])
    expect([first?.status, second?.status]).toEqual(['rejected', 'rejected'])
    expect(performance.now() - began).toBeLessThan(2_500)
    expect(await rejected()).toBe(2)
    await admin.query('commit')
    await vi.waitFor(() => writer.record(entryOf()), { timeout: 5_000 })
    expect((await stored()).length).toBeLessThanOrEqual(3)
  })

  it('connects again by itself when its session is ended', async () => {
    await writer.record(entryOf())
    await cutConnection()
    await Promise.all([writer.record(entryOf()), writer.record(entryOf())])
    expect(await stored()).toHaveLength(3)
    expect(await rejected()).toBe(0)
  })

  it('leaves no session behind where one cannot be set up', async () => {
    // A role without this function: the connection is there, and its first statement fails.
    await admin.query('revoke execute on function pg_catalog.set_config(text, text, boolean) from public')
    try {
      await expect(writer.record(entryOf())).rejects.toThrow('audit entry')
      const sessions = async () =>
        (await admin.query("select from pg_stat_activity where application_name = 'records-audit'")).rowCount
      await vi.waitFor(async () => expect(await sessions()).toBe(0), { timeout: 2_000 })
    } finally {
      await admin.query('grant execute on function pg_catalog.set_config(text, text, boolean) to public')
    }
  })

  it('waits for a primary where its own has become a standby, and counts nothing that is written at last', async () => {
    await writer.record(entryOf())
    const name = new URL(database.adminUrl).pathname.slice(1)
    // To a write it then says 25006, as a demoted server does.
    await admin.query(`alter database ${name} set default_transaction_read_only = on`)
    await cutConnection()
    const before = await batches()
    const recording = writer.record(entryOf())
    recording.catch(() => undefined)
    // Refused twice, so it was sent again.
    await vi.waitFor(async () => expect(await batches()).toBeGreaterThan(before + 1))
    await admin.query(`alter database ${name} reset default_transaction_read_only`)
    await recording
    expect(await stored()).toHaveLength(2)
    expect(await rejected()).toBe(0)
  })

  it('rejects while there is no database, and never throws out of the process', async () => {
    const lost = createAuditWriter({
      connectionString: 'postgres://x:y@127.0.0.1:1/none',
      service: 'lost',
      metrics: createMetrics('lost'),
    })
    const began = performance.now()
    await expect(lost.record(entryOf())).rejects.toThrow('audit entry')
    expect(performance.now() - began).toBeLessThan(2_500)
    await lost.close()
    await expect(lost.record(entryOf())).rejects.toThrow('closed')
  })

  it('does not let one bad entry take the others with it', async () => {
    const results = await Promise.allSettled([
      writer.record(entryOf()),
      writer.record(entryOf({ patientId: 'no id' })),
      writer.record(entryOf()),
    ])
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled'])
    expect(await stored()).toHaveLength(2)
    expect(await rejected()).toBe(1)
  })

  it('refuses more than it can hold instead of growing', async () => {
    await writer.record(entryOf())
    await admin.query('begin; lock table records.audit_entry in share mode')
    const results = Promise.allSettled(Array.from({ length: 5_100 }, () => writer.record(entryOf())))
    await admin.query('commit')
    expect((await results).filter(({ status }) => status === 'rejected')).toHaveLength(100)
    expect(await rejected()).toBe(100)
    expect(await stored()).toHaveLength(5_001)
  })

  it('writes what waits before it closes', async () => {
    const recording = Promise.all(Array.from({ length: 50 }, () => writer.record(entryOf())))
    await writer.close()
    await recording
    expect(await stored()).toHaveLength(50)
  })

  it('waits for the disk even where the server does not by default', async () => {
    await admin.query(`
      create function records.show_commit() returns trigger language plpgsql as $$
      begin new.purpose := current_setting('synchronous_commit'); return new; end $$;
      create trigger show_commit before insert on records.audit_entry for each row execute function records.show_commit()`)
    await admin.query('grant usage on schema records to records_app')
    await writer.record(entryOf())
    await admin.query('drop function records.show_commit cascade')
    expect((await admin.query('show synchronous_commit')).rows).toEqual([{ synchronous_commit: 'off' }])
    expect(await stored()).toMatchObject([{ purpose: 'on' }])
  })

  it('cannot change or remove an entry with the rights it has', async () => {
    await writer.record(entryOf())
    const app = new Client({ connectionString: database.urls('records').appUrl })
    await app.connect()
    for (const sql of ['update audit_entry set status = 1', 'delete from audit_entry', 'truncate audit_entry']) {
      await expect(app.query(sql)).rejects.toMatchObject({ code: '42501' })
    }
    await app.end()
  })
})

describe('with a server', () => {
  it('stores one entry a request, under load, with the status that was answered', async () => {
    const server = await startTestServer({ audit: writer })
    const headers = { authorization: `Bearer ${server.tokenOf(actorOf({ patientId: ANA }))}` }
    const other = '/v1/patients/99999999-9999-4999-8999-999999999999/chart'
    const answers = await Promise.all(
      Array.from({ length: 300 }, (_, n) =>
        server.app.inject({ url: n % 3 === 0 ? other : '/v1/patients/me/chart', headers }),
      ),
    )
    const entries = await stored()
    const seen = new Map(
      entries.map(({ request_id, status, decision }) => [request_id, `${String(status)} ${String(decision)}`]),
    )
    expect(entries).toHaveLength(300)
    for (const answer of answers) {
      expect(seen.get(answer.headers['x-request-id'])).toBe(answer.statusCode === 200 ? '200 allow' : '404 deny')
    }
    await server.app.close()
  })

  it('answers 503 and nothing else while the table is out of reach', async () => {
    const server = await startTestServer({ audit: writer })
    await admin.query('revoke insert on records.audit_entry from records_app')
    const headers = { authorization: `Bearer ${server.tokenOf(actorOf({ patientId: ANA }))}` }
    const answer = await server.app.inject({ url: '/v1/patients/me/chart', headers })
    await admin.query('grant insert on records.audit_entry to records_app')
    expect([answer.statusCode, answer.json<{ code: string }>().code]).toEqual([503, 'unavailable'])
    expect(answer.body).not.toContain(ANA)
    expect((await server.app.inject({ url: '/v1/patients/me/chart', headers })).statusCode).toBe(200)
    await server.app.close()
  })
})
