import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Client, Pool } from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { migrate } from '../src/db/migrate.ts'
import { provisionService } from '../src/db/roles.ts'
import { createTestDatabase, testAdminUrl, type TestDatabase } from '../src/testing/postgres.ts'

const DENIED = { code: '42501' }
const MIGRATION = `create table thing (id int primary key, note text);
create table thing_history (id int primary key);
revoke update, delete on thing_history from alpha_app;`

let database: TestDatabase
let app: Pool
let owner: Pool
let stranger: Pool
let dir: string

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'wellgate-migrations-'))
  mkdirSync(join(dir, '1_thing'))
  writeFileSync(join(dir, '1_thing', 'migration.sql'), MIGRATION)
  database = await createTestDatabase({ services: [{ name: 'alpha', migrationsDir: dir }, { name: 'beta' }] })
  app = new Pool({ connectionString: database.urls('alpha').appUrl })
  owner = new Pool({ connectionString: database.urls('alpha').ownerUrl })
  stranger = new Pool({ connectionString: database.urls('beta').appUrl })
})
afterAll(async () => {
  for (const pool of [app, owner, stranger]) await pool.end()
  await database.drop()
  rmSync(dir, { recursive: true })
})

test('the app role reads and writes rows of its schema without naming it', async () => {
  await app.query("insert into thing values (1, 'a')")
  await app.query("update thing set note = 'b'")
  const { rows } = await app.query('select note, current_schema() as schema from thing')
  expect(rows).toEqual([{ note: 'b', schema: 'alpha' }])
  await app.query('delete from thing')
})

test.each([
  'create table mine ()',
  'create temporary table mine ()',
  'create schema mine',
  'create table public.mine ()',
  'create table alpha_keys.mine ()',
  'alter table thing add column more int',
  'drop table thing',
  'truncate thing',
  'alter table outbox disable trigger outbox_notify',
  'set role alpha_owner',
])('the app role may not: %s', async (sql) => {
  await expect(app.query(sql)).rejects.toMatchObject(DENIED)
})

test('the app role cannot pass on its rights', async () => {
  // Postgres only warns.
  await app.query('grant select on thing to beta_app')
  const { rows } = await app.query("select has_table_privilege('beta_app', 'thing', 'select') as may")
  expect(rows).toEqual([{ may: false }])
})

test('audit entries and history are only added to and read', async () => {
  await app.query(`insert into audit_entry (id, at, request_id, service, route, action, purpose, decision, status)
    values (gen_random_uuid(), now(), 'r', 'alpha', '/x', 'read', 'care', 'allow', 200)`)
  await app.query('insert into thing_history values (1)')
  expect((await app.query('select from audit_entry')).rowCount).toBe(1)
  for (const sql of [
    "update audit_entry set decision = 'deny'",
    'delete from audit_entry',
    'truncate audit_entry',
    'update thing_history set id = 2',
    'delete from thing_history',
    'delete from _prisma_migrations',
  ]) {
    await expect(app.query(sql)).rejects.toMatchObject(DENIED)
  }
})

test.each([
  'select from alpha.thing',
  'select from alpha.audit_entry',
  'insert into alpha.outbox default values',
  'select from alpha_keys.data_key',
])("another service's role may not: %s", async (sql) => {
  await expect(stranger.query(sql)).rejects.toMatchObject(DENIED)
})

test('nobody has a use for the schema that everybody could share', async () => {
  const { rows } = await app.query("select has_schema_privilege('public', 'usage') as may")
  expect(rows).toEqual([{ may: false }])
})

test('the owner of one schema has no rights on another', async () => {
  await expect(owner.query('create table beta.mine ()')).rejects.toMatchObject(DENIED)
  await expect(owner.query('select from beta.outbox')).rejects.toMatchObject(DENIED)
})

test('the keys URL works on the schema of the keys', async () => {
  const keys = new Pool({ connectionString: database.urls('alpha').keysUrl })
  const { rows } = await keys.query('select current_schema() as schema, count(*)::int as n from data_key')
  expect(rows).toEqual([{ schema: 'alpha_keys', n: 0 }])
  await keys.end()
})

test('a transaction that its process forgot is ended', async () => {
  const { rows } = await app.query(
    "select current_setting('idle_in_transaction_session_timeout') as idle, current_setting('statement_timeout') as statement",
  )
  expect(rows).toEqual([{ idle: '30s', statement: '30s' }])
})

test('an insert into the outbox notifies on commit, once a transaction', async () => {
  const listener = new Client({ connectionString: database.urls('alpha').appUrl })
  await listener.connect()
  const heard: string[] = []
  listener.on('notification', ({ channel }) => heard.push(channel))
  await listener.query('listen alpha_outbox')
  const insert = `insert into outbox (event_id, type, version, topic, key, aggregate_version, envelope)
    select gen_random_uuid(), 't', 1, 'topic', 'k', n, '{}' from generate_series(1, 3) n`
  await app.query(`begin; ${insert}; ${insert}; commit`)
  // Notifications arrive before the answer to a later statement.
  await listener.query('select 1')
  await listener.end()
  expect(heard).toEqual(['alpha_outbox'])
})

test('provisioning again changes the passwords and nothing else', async () => {
  const admin = new Client({ connectionString: database.adminUrl })
  await admin.connect()
  const twice = { service: 'gamma', ownerPassword: 'one', appPassword: 'one' }
  const urlOf = (role: string, password: string) =>
    Object.assign(new URL(database.adminUrl), { username: role, password }).href
  await provisionService(admin, twice)
  await migrate({ connectionString: urlOf('gamma_owner', 'one'), schema: 'gamma', dir: join(dir, 'none') })
  await provisionService(admin, { ...twice, ownerPassword: 'two', appPassword: 'two' })
  const gamma = new Pool({ connectionString: urlOf('gamma_app', 'two') })
  await expect(gamma.query('delete from audit_entry')).rejects.toMatchObject(DENIED)
  expect((await gamma.query('select from inbox')).rowCount).toBe(0)
  await gamma.end()
  const before = new Client({ connectionString: urlOf('gamma_app', 'one') })
  await expect(before.connect()).rejects.toMatchObject({ code: '28P01' })
  await admin.query('drop owned by gamma_app; drop owned by gamma_owner; drop role gamma_owner, gamma_app')
  await admin.end()
})

test('an administrator who is no superuser is enough (as managed databases have them)', async () => {
  const superuser = new Client({ connectionString: testAdminUrl() })
  await superuser.connect()
  await superuser.query("create role managed login createrole createdb password 'test'")
  await superuser.query('create database managed owner managed')
  const url = Object.assign(new URL(testAdminUrl()), { username: 'managed', password: 'test', pathname: '/managed' })
  const admin = new Client({ connectionString: url.href })
  await admin.connect()
  const delta = { service: 'delta', ownerPassword: 'test', appPassword: 'test' }
  try {
    await provisionService(admin, delta)
    await provisionService(admin, delta)
    const ownerUrl = Object.assign(url, { username: 'delta_owner' }).href
    expect(await migrate({ connectionString: ownerUrl, schema: 'delta', dir: join(dir, 'none') })).toHaveLength(1)
  } finally {
    await admin.end()
    await superuser.query('drop database managed with (force)')
    await superuser.query('drop role delta_owner, delta_app, managed')
    await superuser.end()
  }
})

test.each(['Alpha', 'a b', 'a-b"', 'x; drop role y', '', '1a'])(
  'a name that is no plain schema name is refused: %s',
  async (service) => {
    const never = new Client({ connectionString: database.adminUrl })
    await expect(provisionService(never, { service, ownerPassword: 'x', appPassword: 'x' })).rejects.toThrow(
      /cannot be the name/,
    )
  },
)
