import { parseOptions } from '@node-rs/argon2'
import { expect, test } from 'vitest'
import { ARGON2, hashPassword, NOBODYS_HASH, verifyPassword } from './password.ts'

test('hashes by Argon2id with the parameters of OWASP, each time differently', async () => {
  const [one, two] = [await hashPassword('correct horse battery'), await hashPassword('correct horse battery')]
  expect(one).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/)
  expect(two).not.toBe(one)
  expect(await verifyPassword(one, 'correct horse battery')).toBe(true)
  expect(await verifyPassword(one, 'correct horse batterY')).toBe(false)
})

test('without an account the same work is done, and nothing fits', async () => {
  expect(parseOptions(NOBODYS_HASH)).toMatchObject({ ...ARGON2, algorithm: 2, outputLen: 32, saltLen: 16 })
  expect(await verifyPassword(undefined, 'correct horse battery')).toBe(false)
})

test('a long password counts to its last character', async () => {
  const long = 'x'.repeat(255)
  const stored = await hashPassword(`${long}a`)
  expect(await verifyPassword(stored, `${long}b`)).toBe(false)
})
