import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import process from 'node:process'
import { SERVICES } from '@wellgate/shared/contracts/services'
import { applyMigrations } from '@wellgate/shared/db/migrate'
import { folderMigrations, platformMigrations, type Migration } from '@wellgate/shared/db/migrations'
import { provisionService } from '@wellgate/shared/db/roles'
import { createTestDatabase, type TestDatabase } from '@wellgate/shared/testing/postgres'
import { Client, escapeIdentifier } from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { narrowings, schemaShape, type SchemaShape } from '../src/release/schema-shape.ts'

/**
 * At a release, `UPDATE_GOLDEN=1 npx vitest run --project deploy deploy/test/widening.test.ts` keeps what it has.
 * Before the first release there is nothing that a migration could trip up. `contracted` is for what the release before has stopped to use: lines of this test's own words.
 */
interface Golden {
  /** By service, the checksum of each migration of the last release. */
  readonly released: Readonly<Record<string, Readonly<Record<string, string>>>>
  readonly contracted: readonly string[]
}

const file = fileURLToPath(new URL('../golden/migrations.json', import.meta.url))
const services = SERVICES.filter((service) => service !== 'gateway')

const migrationsOf = async (service: string): Promise<Migration[]> => [
  ...(await platformMigrations()),
  ...(await folderMigrations(fileURLToPath(new URL(`../../services/${service}/prisma/migrations/`, import.meta.url)))),
]

if (process.env['UPDATE_GOLDEN'] === '1') {
  const released: Record<string, Record<string, string>> = {}
  for (const service of services)
    released[service] = Object.fromEntries((await migrationsOf(service)).map(({ name, checksum }) => [name, checksum]))
  writeFileSync(file, `${JSON.stringify({ released, contracted: [] }, null, 2)}\n`)
}
const golden = JSON.parse(readFileSync(file, 'utf8')) as Golden

let database: TestDatabase

beforeAll(async () => {
  database = await createTestDatabase({ services: services.map((name) => ({ name })) })
  // The platform's tables, too, are made by the migrations of a release.
  await asAdmin(async (admin) => {
    for (const service of services) {
      await admin.query(`drop schema ${escapeIdentifier(service)} cascade`)
      await provisionService(admin, { service, ownerPassword: 'test', appPassword: 'test' })
    }
  })
})
afterAll(() => database.drop())

async function withClient<T>(connectionString: string, use: (client: Client) => Promise<T>): Promise<T> {
  const client = new Client({ connectionString })
  await client.connect()
  try {
    return await use(client)
  } finally {
    await client.end()
  }
}
const asAdmin = <T>(use: (client: Client) => Promise<T>): Promise<T> => withClient(database.adminUrl, use)
const asOwner = <T>(service: string, use: (client: Client) => Promise<T>): Promise<T> =>
  withClient(database.urls(service).ownerUrl, use)
const apply = (service: string, migrations: readonly Migration[]): Promise<string[]> =>
  applyMigrations({ connectionString: database.urls(service).ownerUrl, schema: service, migrations })

describe.each(services)('%s', (service) => {
  const released = golden.released[service] ?? {}

  test('what was released is as it was', async () => {
    const now = new Map((await migrationsOf(service)).map(({ name, checksum }) => [name, checksum]))
    for (const [name, checksum] of Object.entries(released))
      expect(now.get(name), `${name}: restore it, and add a migration instead`).toBe(checksum)
  })

  test('the release before runs on its schema; it is made once, whoever begins', async () => {
    const all = await migrationsOf(service)
    const old = all.filter(({ name }) => name in released)
    await apply(service, old)
    const before = await asOwner(service, (owner) => schemaShape(owner, service))
    const both = await Promise.all([apply(service, all), apply(service, all)])
    expect(both.flat()).toEqual(all.filter(({ name }) => !(name in released)).map(({ name }) => name))
    expect(await apply(service, all)).toEqual([])
    const after = await asOwner(service, (owner) => schemaShape(owner, service))
    expect(after.columns.size).toBeGreaterThan(5)
    expect(narrowings(before, after).filter((line) => !golden.contracted.includes(line))).toEqual([])
  })
})

describe('a migration that narrows is seen', () => {
  /** The shape after a change that is taken back. */
  const changed = (sql: string): Promise<{ before: SchemaShape; after: SchemaShape }> =>
    asOwner('patients', async (owner) => {
      const before = await schemaShape(owner, 'patients')
      await owner.query('begin')
      await owner.query(sql)
      const after = await schemaShape(owner, 'patients')
      await owner.query('rollback')
      return { before, after }
    })

  test.each([
    ['drop table patient_identifier', 'patient_identifier is gone'],
    ['alter table outbox drop column lane cascade', 'outbox.lane is gone'],
    ['alter table outbox rename column lane to road', 'outbox.lane is gone'],
    ['alter table outbox alter version type bigint', 'outbox.version is bigint, was integer'],
    ["update outbox set payload = ''; alter table outbox alter payload set not null", 'outbox.payload is required'],
    ['alter table outbox alter lane drop default', 'outbox.lane is no longer filled'],
    ['alter table outbox add column hue text not null', 'outbox.hue is new and required'],
    ["alter table outbox add check (lane <> 'x')", 'new rule: outbox: CHECK'],
    ['create unique index on outbox (topic)', 'new rule: outbox: CREATE UNIQUE INDEX'],
    ['create trigger t before insert on outbox execute function notify_outbox()', 'new rule: outbox: CREATE TRIGGER'],
    ['revoke delete on outbox from patients_app', 'no longer allowed: outbox: DELETE'],
  ])('%s', async (sql, line) => {
    const { before, after } = await changed(sql)
    expect(narrowings(before, after).join('\n')).toContain(line)
  })

  test.each([
    'create table more (id int primary key)',
    "alter table outbox add column hue text not null default 'red'",
    'alter table outbox add column hue text',
    'alter table outbox add column hue int default 1 check (hue > 0)',
    'create trigger t after insert on outbox execute function notify_outbox()',
    'create index on outbox (topic)',
    'alter table outbox alter topic drop not null',
  ])('one that widens is none: %s', async (sql) => {
    const { before, after } = await changed(sql)
    expect(narrowings(before, after)).toEqual([])
  })
})
