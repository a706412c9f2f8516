import { chmod, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { addKeys, copyKeys, createKeyring, openLocalKms } from './local-kms.ts'

let folder: string
let path: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'keyring-'))
  path = join(folder, 'keys.json')
})
afterEach(() => rm(folder, { recursive: true }))

const development = { production: false, allowInProduction: false }
const keysOf = async (file: string) =>
  (JSON.parse(await readFile(file, 'utf8')) as { keys: Record<string, string> }).keys
const secret = Buffer.alloc(32, 7)
const context = { deployment: 'd', service: 's' }

test('makes a keyring that only its owner may read, and leaves nothing else', async () => {
  await createKeyring(path, ['service/a', 'topic/t'])
  expect((await stat(path)).mode & 0o777).toBe(0o600)
  expect(await readdir(folder)).toEqual(['keys.json'])
  const keys = await keysOf(path)
  expect(Object.keys(keys)).toEqual(['service/a', 'topic/t'])
  expect(new Set(Object.values(keys)).size).toBe(2)
  for (const key of Object.values(keys)) expect(Buffer.from(key, 'base64')).toHaveLength(32)
})

test('never replaces a keyring', async () => {
  await createKeyring(path, ['service/a'])
  const before = await readFile(path, 'utf8')
  await expect(createKeyring(path, ['service/a'])).rejects.toThrow(/there already/)
  expect(await readFile(path, 'utf8')).toBe(before)
})

test.each([0o640, 0o604, 0o660, 0o644])('refuses mode %o', async (mode) => {
  await createKeyring(path, ['service/a'])
  await chmod(path, mode)
  expect(() => openLocalKms({ path, ...development })).toThrow(/open to others.*chmod 600/)
})

test('in production it takes an explicit word', async () => {
  await createKeyring(path, ['service/a'])
  expect(() => openLocalKms({ path, production: true, allowInProduction: false })).toThrow(/production/)
  expect(() => openLocalKms({ path, production: true, allowInProduction: true })).not.toThrow()
})

test('unwraps only with the same key, context and bytes', async () => {
  await createKeyring(path, ['service/a', 'service/b'])
  const kms = openLocalKms({ path, ...development })
  const wrapped = await kms.wrap('service/a', secret, context)
  expect(wrapped.includes(secret)).toBe(false)
  expect(await kms.unwrap('service/a', wrapped, { service: 's', deployment: 'd' })).toEqual(secret)
  const refused = { reason: 'refused' }
  await expect(kms.unwrap('service/b', wrapped, context)).rejects.toMatchObject(refused)
  await expect(kms.unwrap('service/a', wrapped, { ...context, service: 'S' })).rejects.toMatchObject(refused)
  await expect(kms.unwrap('service/a', wrapped, { ...context, more: '' })).rejects.toMatchObject(refused)
  for (const at of wrapped.keys()) {
    const changed = Buffer.from(wrapped)
    changed.writeUInt8(changed.readUInt8(at) ^ 1, at)
    await expect(kms.unwrap('service/a', changed, context)).rejects.toMatchObject(refused)
  }
  await expect(kms.wrap('__proto__', secret, context)).rejects.toMatchObject({ reason: 'unknown-key' })
})

test('a key taken out of the file is revoked without a restart, one added is there', async () => {
  await createKeyring(path, ['service/a'])
  const kms = openLocalKms({ path, ...development })
  const wrapped = await kms.wrap('service/a', secret, context)
  expect(await addKeys(path, ['service/a', 'topic/t'])).toEqual(['topic/t'])
  expect(await kms.unwrap('service/a', wrapped, context)).toEqual(secret)
  await kms.wrap('topic/t', secret, context)
  const { 'service/a': taken, ...rest } = await keysOf(path)
  await writeFile(path, JSON.stringify({ version: 1, keys: rest }))
  await expect(kms.unwrap('service/a', wrapped, context)).rejects.toMatchObject({ reason: 'unknown-key' })
  await writeFile(path, JSON.stringify({ version: 1, keys: { ...rest, 'service/a': taken } }))
  expect(await kms.unwrap('service/a', wrapped, context)).toEqual(secret)
  await rm(path)
  await expect(kms.unwrap('service/a', wrapped, context)).rejects.toMatchObject({ reason: 'unavailable' })
})

test('copies shared keys, never over different ones', async () => {
  const other = join(folder, 'other.json')
  await createKeyring(path, ['service/a', 'topic/t'])
  await createKeyring(other, ['service/b'])
  await copyKeys(path, other, ['topic/t'])
  await copyKeys(path, other, ['topic/t'])
  expect(await keysOf(other)).toEqual({
    'service/b': expect.any(String),
    'topic/t': (await keysOf(path))['topic/t'],
  })
  expect((await stat(other)).mode & 0o777).toBe(0o600)
  await expect(copyKeys(path, other, ['topic/none'])).rejects.toThrow(/has no key topic\/none/)
  await addKeys(other, ['service/a'])
  const before = await readFile(other, 'utf8')
  await expect(copyKeys(path, other, ['service/a'])).rejects.toThrow(/another key/)
  expect(await readFile(other, 'utf8')).toBe(before)
})

test('two writers at once lose no key', async () => {
  await createKeyring(path, [])
  const ids = Array.from({ length: 8 }, (_, at) => `topic/${at}`)
  const outcomes = await Promise.allSettled(ids.map((id) => addKeys(path, [id])))
  const added = ids.filter((_, at) => outcomes[at]?.status === 'fulfilled')
  expect(added.length).toBeGreaterThan(0)
  expect(Object.keys(await keysOf(path)).toSorted()).toEqual(added)
  const refusals = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [String(outcome.reason)] : []))
  expect(refusals.filter((text) => !text.includes('being changed by another process'))).toEqual([])
  expect(await readdir(folder)).toEqual(['keys.json'])
})

test.each([
  ['{"version":1,"keys":{"a":"c2VjcmV0LWtleS1tYXRlcmlhbA=="}}'],
  ['{"version":2,"keys":{}}'],
  ['c2VjcmV0LWtleS1tYXRlcmlhbA=='],
])('says what a keyring must be without quoting it: %s', async (content) => {
  await writeFile(path, content, { mode: 0o600 })
  const open = () => openLocalKms({ path, ...development })
  expect(open).toThrow(/Keyring .* (must be|is not JSON)/)
  expect(open).not.toThrow(/c2Vjc/)
})

test('a keyring that is not there is told by its path', () => {
  const open = () => openLocalKms({ path: '/no/such/keyring', production: false, allowInProduction: false })
  expect(open).toThrow(expect.objectContaining({ name: 'KeyringError', code: 'ENOENT' }) as Error)
  expect(open).toThrow('Keyring /no/such/keyring cannot be read: ENOENT')
})
