import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Pool } from 'pg'
import { afterAll, afterEach, beforeAll, beforeEach, expect, onTestFinished, test, vi } from 'vitest'
import { migrate, MigrationError } from '../src/db/migrate.ts'
import { provisionService } from '../src/db/roles.ts'
import { createTestDatabase, type TestDatabase } from '../src/testing/postgres.ts'
import { startSilentProxy } from './silent-proxy.ts'

let database: TestDatabase
let admin: Pool
let dir: string
let schema: string
let url: URL
let run: () => Promise<string[]>
let schemas = 0

beforeAll(async () => {
  database = await createTestDatabase({ services: [] })
  admin = new Pool({ connectionString: database.adminUrl })
})
afterAll(async () => {
  await admin.end()
  await database.drop()
})

beforeEach(async () => {
  dir = mkdtempSync(join(tmpdir(), 'wellgate-migrations-'))
  schema = `migrated${++schemas}`
  const client = await admin.connect()
  await provisionService(client, { service: schema, ownerPassword: 'test', appPassword: 'test' })
  client.release()
  url = Object.assign(new URL(database.adminUrl), { username: `${schema}_owner`, password: 'test' })
  run = () => migrate({ connectionString: url.href, schema, dir })
})
afterEach(async () => {
  rmSync(dir, { recursive: true, force: true })
  await admin.query(
    `drop owned by ${schema}_app; drop owned by ${schema}_owner; drop role ${schema}_owner, ${schema}_app`,
  )
})

function write(name: string, sql: string): void {
  mkdirSync(join(dir, name), { recursive: true })
  writeFileSync(join(dir, name, 'migration.sql'), sql)
}

async function tables(): Promise<string[]> {
  const { rows } = await admin.query<{ name: string }>(
    'select tablename as name from pg_tables where schemaname = $1',
    [schema],
  )
  return rows.map((row) => row.name)
}

test('the platform comes first, then the folder in order of names; a second time does nothing', async () => {
  write('20260102000000_b', 'create table b (a_id int references a (id))')
  write('20260101000000_a', 'create table a (id int primary key)')
  expect(await run()).toEqual(['00000000000000_platform', '20260101000000_a', '20260102000000_b'])
  expect(await tables()).toEqual(expect.arrayContaining(['outbox', 'audit_entry', 'a', 'b']))
  expect(await run()).toEqual([])
})

test('the history is what Prisma would have written', async () => {
  write('20260101000000_a', 'create table a ()')
  await run()
  const { rows } = await admin.query(`select * from ${schema}._prisma_migrations order by migration_name`)
  expect(rows[1]).toEqual({
    id: expect.stringMatching(/^[0-9a-f-]{36}$/),
    // sha256sum of the file
    checksum: 'f905865fc1b7e7d95e68fd748a709b99074c448ed7a4ee0e16ca16759a5dea8e',
    migration_name: '20260101000000_a',
    started_at: expect.any(Date),
    finished_at: expect.any(Date),
    logs: null,
    rolled_back_at: null,
    applied_steps_count: 1,
  })
})

test('two at once take turns: each migration is applied by exactly one of them', async () => {
  write('20260101000000_a', 'create table a (); select pg_sleep(0.2)')
  const applied = await Promise.all([run(), run(), run()])
  expect(applied.flat().toSorted()).toEqual(['00000000000000_platform', '20260101000000_a'])
})

test('one that fails leaves nothing behind, names its file and place, and those before it stay', async () => {
  write('20260101000000_a', 'create table a ()')
  write('20260102000000_broken', 'create table half ();\n-- äöü 😀\nselect  nothing_like_it;')
  const failure = await run().catch((error: unknown) => error)
  expect(failure).toBeInstanceOf(MigrationError)
  expect((failure as Error).message).toBe(
    `${join(dir, '20260102000000_broken', 'migration.sql')}:3:9: column "nothing_like_it" does not exist`,
  )
  expect(await tables()).toContain('a')
  expect(await tables()).not.toContain('half')

  write('20260102000000_broken', 'create table whole ()')
  expect(await run()).toEqual(['20260102000000_broken'])
})

test("one that a row does not fit says the server's code, and nothing of the row", async () => {
  write('20260101000000_a', `create table a (id text); insert into a values ('Ingrid')`)
  write('20260102000000_b', 'alter table a alter column id type uuid using id::uuid')
  const failure = (await run().catch((error: unknown) => error)) as Error
  expect(failure.message).toBe(`${join(dir, '20260102000000_b', 'migration.sql')}: a row does not fit: 22P02`)
})

test('one that was applied and has changed since is refused before anything else happens', async () => {
  write('20260101000000_a', 'create table a ()')
  await run()
  write('20260101000000_a', 'create table a (id int)')
  write('20260102000000_b', 'create table b ()')
  await expect(run()).rejects.toThrow(/20260101000000_a.* has changed since it was applied/)
  expect(await tables()).not.toContain('b')
})

test.each([
  'create table half (); commit; create table rest ()',
  'BEGIN;\ncreate table half ();\nEND',
  '/* x */ rollback and chain;',
])('one that handles its transaction itself is refused: %s', async (sql) => {
  write('20260101000000_a', sql)
  await expect(run()).rejects.toThrow(/begins or ends a transaction itself/)
  expect(await tables()).not.toContain('half')
})

test('what only looks like the end of a transaction is none', async () => {
  write(
    '20260101000000_a',
    `-- commit;
     create table a (note text default 'x; commit; y');
     create function f() returns trigger language plpgsql as $body$ begin return null; end; $body$;
     create function g() returns int language sql begin atomic select 1; end;`,
  )
  expect(await run()).toContain('20260101000000_a')
})

test('a newer history does not stop an older release', async () => {
  write('20260101000000_a', 'create table a ()')
  await run()
  rmSync(join(dir, '20260101000000_a'), { recursive: true })
  expect(await run()).toEqual([])
})

test('a folder without a migration.sql is an error, and a missing folder has none', async () => {
  mkdirSync(join(dir, '20260101000000_empty'))
  await expect(run()).rejects.toThrow(/20260101000000_empty/)
  rmSync(dir, { recursive: true })
  expect(await run()).toEqual(['00000000000000_platform'])
})

test('one whose machine is gone in the middle of it gives its turn, and the tables that it has locked, to the next', async () => {
  write('20260101000000_a', 'create table a (id int primary key)')
  await run()
  write('20260102000000_b', 'alter table a add b int; select pg_sleep(0.5)')
  const proxy = await startSilentProxy(url.href)
  const lost = migrate({ connectionString: proxy.url, schema, dir, silenceMs: 1_000 })
  onTestFinished(async () => {
    proxy.close()
    await lost.catch(() => undefined)
  })
  const sleeping = "select from pg_stat_activity where application_name = $1 and wait_event = 'PgSleep'"
  await vi.waitFor(async () => expect((await admin.query(sleeping, [`${schema}-migrate`])).rowCount).toBe(1), 10_000)
  proxy.silence()
  expect(await run()).toEqual(['20260102000000_b'])
})
