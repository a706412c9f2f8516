import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Client } from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { schemaDiff } from '../src/db/schema-agreement.ts'
import { createTestDatabase, type TestDatabase } from '../src/testing/postgres.ts'

const MIGRATION = `create table facility (
  id uuid primary key,
  name text not null,
  zone text,
  created_at timestamptz not null default now(),
  constraint facility_name_check check (name <> '')
);
create index facility_zone on facility (zone);`

const SCHEMA = `
generator client {
  provider = "prisma-client"
  output   = "../src/generated/prisma"
}
datasource db {
  provider = "postgresql"
}
model Facility {
  id        String   @id @db.Uuid
  name      String
  zone      String?
  createdAt DateTime @default(now()) @map("created_at") @db.Timestamptz()
  @@index([zone], map: "facility_zone")
  @@map("facility")
}`

let database: TestDatabase
let dir: string

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'wellgate-schema-'))
  mkdirSync(join(dir, '1_facility'))
  writeFileSync(join(dir, '1_facility', 'migration.sql'), MIGRATION)
  database = await createTestDatabase({ services: [{ name: 'alpha', migrationsDir: dir }, { name: 'beta' }] })
})
afterAll(async () => {
  await database.drop()
  rmSync(dir, { recursive: true })
})

function diff(schema: string): Promise<string> {
  const schemaPath = join(dir, 'schema.prisma')
  writeFileSync(schemaPath, schema)
  return schemaDiff({ schemaPath, connectionString: database.urls('alpha').ownerUrl, schema: 'alpha' })
}

test('a schema that says what the migrations made agrees; the platform and other services are not its matter', async () => {
  expect(await diff(SCHEMA)).toBe('')
})

test.each([
  [
    'a column more',
    SCHEMA.replace('zone      String?', 'zone      String?\n  phone     String?'),
    /Added column `phone`/,
  ],
  ['a column less', SCHEMA.replace('zone      String?', '').replace(/@@index.*/, ''), /Removed column `zone`/],
  ['another nullability', SCHEMA.replace('String?', 'String'), /Altered column `zone`.*Nullable to Required/s],
  ['another type', SCHEMA.replace('@id @db.Uuid', '@id'), /Altered column `id`/],
  ['an index less', SCHEMA.replace(/@@index.*/, ''), /Removed index/],
  ['a model more', `${SCHEMA}\nmodel Extra {\n  id String @id\n}`, /Added tables\s+- Extra/],
])('%s in the schema is told', async (_what, schema, told) => {
  expect(await diff(schema)).toMatch(told)
})

test('a column that only a migration has is told', async () => {
  const owner = new Client({ connectionString: database.urls('alpha').ownerUrl })
  await owner.connect()
  await owner.query('alter table facility add column opened date')
  expect(await diff(SCHEMA)).toMatch(/Removed column `opened`/)
  await owner.query('alter table facility drop column opened')
  await owner.end()
})

test('a schema that cannot be read is an error, not an agreement', async () => {
  await expect(diff(SCHEMA.replace('model Facility {', 'model Facility'))).rejects.toThrow(
    /Error validating|not a valid/,
  )
})
