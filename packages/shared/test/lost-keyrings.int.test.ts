import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Client } from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { prepareKeyrings, refuseLostKeyrings } from '../src/runtime/keyrings.ts'
import { createTestDatabase, testAdminUrl, type TestDatabase } from '../src/testing/postgres.ts'

const SERVICE_KEY = `insert into patients_keys.service_key (id, purpose, wrapped, kms_key_id) values ('k1', 'data', '\\x00', 'service/patients')`

let database: TestDatabase
let admin: Client
const folder = mkdtempSync(join(tmpdir(), 'wellgate-keyrings-'))

beforeAll(async () => {
  database = await createTestDatabase({ services: [{ name: 'patients' }, { name: 'records' }] })
  const url = new URL(testAdminUrl())
  url.pathname = new URL(database.urls('patients').appUrl).pathname
  admin = new Client({ connectionString: url.href })
  await admin.connect()
})
afterAll(async () => {
  await admin.end()
  await database.drop()
  rmSync(folder, { recursive: true })
})

test('a keyring is missed where the database holds a key that it wrapped, and nowhere else', async () => {
  const refuse = () => refuseLostKeyrings(admin, folder, ['patients', 'records', 'billing'])
  await refuse()
  await admin.query(SERVICE_KEY)
  await expect(refuse()).rejects.toThrow(`${folder} has no keyring of patients, and`)
  await prepareKeyrings(folder, ['patients'], [])
  await refuse()
})
