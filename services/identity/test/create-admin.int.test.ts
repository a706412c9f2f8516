import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { allEvents } from '@wellgate/shared/contracts/all-events'
import { prepareKeyrings } from '@wellgate/shared/runtime/keyrings'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createFirstAdmin } from '../src/create-admin.ts'
import { ADMIN_EMAIL, heldBack, PASSWORD, startIdentity, type IdentityUnderTest } from './support.ts'

let identity: IdentityUnderTest
let folder: string
let keyring: string
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'wellgate-identity-'))
  keyring = (await prepareKeyrings(folder, ['identity'], allEvents))['identity'] ?? ''
  identity = await startIdentity({ WELLGATE_KEYRING_FILE: keyring })
})
afterEach(async () => {
  await identity?.service.stop()
  rmSync(folder, { recursive: true, force: true })
})

const admin = {
  email: 'second@clinic.example',
  password: PASSWORD,
  facilityName: 'Main Clinic',
  timeZone: 'America/New_York',
}
const deps = () => identity.service.running.platform
const disableAll = () =>
  deps().pool.query('update account set disabled_at = now(), access_version = access_version + 1')

test('the first admin can log in and read the facilities', async () => {
  const { accessToken } = await identity.logIn(ADMIN_EMAIL)
  const { body } = await identity.call('identity.list-facilities', { token: accessToken })
  expect(body.items).toEqual([{ id: identity.facilityId, name: 'Main Clinic', timeZone: 'America/New_York' }])
})

test('a second time is refused while an admin may log in', async () => {
  await expect(createFirstAdmin(deps(), admin)).rejects.toMatchObject({ code: 'admin-exists' })
})

test('is the way back in when every admin is disabled, for one of twins', async () => {
  await disableAll()
  await expect(createFirstAdmin(deps(), { ...admin, email: ADMIN_EMAIL })).rejects.toMatchObject({
    code: 'email-taken',
  })
  const emails = Array.from({ length: 4 }, (_, index) => `twin${index}@clinic.example`)
  const twins = await heldBack(
    identity.service,
    'account',
    emails.map((email) => () => createFirstAdmin(deps(), { ...admin, email })),
  )
  expect(twins.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
  expect((await deps().pool.query('select 1 from facility')).rowCount).toBe(1)
})

test('needs a time zone that exists', async () => {
  await disableAll()
  await expect(createFirstAdmin(deps(), { ...admin, timeZone: 'Nowhere' })).rejects.toMatchObject({
    code: 'unknown-time-zone',
  })
})

test('the command makes it once, with the password from standard input', async () => {
  await disableAll()
  const parameters = ['--email', admin.email, '--facility', 'Annex', '--time-zone', 'Europe/Berlin']
  expect(await command(parameters, 'short\n')).toMatchObject({ code: 1, stderr: expect.stringContaining('12 to 256') })
  expect(await command(['--email', 'nobody'], PASSWORD)).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('--email'),
  })
  expect(await command(parameters, `${PASSWORD}\n`)).toMatchObject({ code: 0, stderr: '' })
  expect((await identity.logIn(admin.email)).accessToken).toEqual(expect.any(String))
  const again = await command(parameters, PASSWORD)
  expect(again).toMatchObject({ code: 1, stderr: expect.stringContaining('an admin already') })
  expect(again.stderr + again.stdout).not.toContain(PASSWORD)
})

/** Runs the command as an operator would, against the database and keyring of the service under test. */
function command(
  parameters: readonly string[],
  input: string,
): Promise<{ code: number | null; stdout: string; stderr: string }> {
  const main = fileURLToPath(new URL('../src/create-admin-main.ts', import.meta.url))
  const env = {
    PATH: process.env['PATH'],
    WELLGATE_ENV: 'development',
    WELLGATE_DEPLOYMENT: deps().deployment,
    WELLGATE_KEYRING_FILE: keyring,
    WELLGATE_JWKS_URL: 'http://127.0.0.1:9/jwks.json',
    DATABASE_URL: deps().pool.options.connectionString,
  }
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [main, ...parameters], { env, stdio: 'pipe' })
    let [stdout, stderr] = ['', '']
    child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()))
    child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()))
    child.once('error', reject)
    child.once('close', (code) => resolve({ code, stdout, stderr }))
    child.stdin.end(input)
  })
}
