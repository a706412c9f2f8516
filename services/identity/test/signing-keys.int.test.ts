import { createTokenVerifier, type TokenVerifier } from '@wellgate/shared/access/tokens'
import { remoteJwks } from '@wellgate/shared/access/jwks'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createKeyRing } from '../src/signing-keys/key-ring.ts'
import { ensureSigningKey, KEY_LIFETIME_MS, retireOldKeys } from '../src/signing-keys/rotate-signing-keys.ts'
import { ADMIN_EMAIL, heldBack, startIdentity, type IdentityUnderTest } from './support.ts'

let identity: IdentityUnderTest
beforeEach(async () => {
  identity = await startIdentity()
})
afterEach(() => identity?.service.stop())

const MINUTE = 60_000
const DAY = 24 * 60 * MINUTE
const deps = () => identity.service.running.platform
const verifier = (): TokenVerifier =>
  createTokenVerifier({
    issuer: 'https://identity.test',
    audience: 'wellgate-test',
    jwks: remoteJwks(`${identity.service.url}/.well-known/jwks.json`),
  })
const count = async (): Promise<number> => (await deps().pool.query('select 1 from signing_key')).rowCount ?? 0
const retire = (): Promise<void> => retireOldKeys(deps()).run(new AbortController().signal)

test('many processes that start at once make one key', async () => {
  await deps().pool.query('delete from signing_key')
  const starts = Array.from({ length: 4 }, () => () => ensureSigningKey(deps()))
  const twins = await heldBack(identity.service, 'signing_key', starts)
  expect(twins.map(({ status }) => status)).toEqual(Array.from({ length: 4 }, () => 'fulfilled'))
  expect(await count()).toBe(1)
})

test('the JWKS shows the public half and the table no readable private half', async () => {
  const { status, headers, body } = await identity.call('identity.read-jwks')
  expect(status).toBe(200)
  expect(headers.get('cache-control')).toBe('public, max-age=10')
  expect(body.keys).toEqual([
    {
      kid: expect.any(String),
      kty: 'EC',
      crv: 'P-256',
      x: expect.any(String),
      y: expect.any(String),
      alg: 'ES256',
      use: 'sig',
    },
  ])
  const { rows } = await deps().pool.query<{ private_key: Buffer }>('select private_key from signing_key')
  expect(rows[0]?.private_key.toString('latin1')).not.toContain('PRIVATE KEY')
  const { accessToken } = await identity.logIn(ADMIN_EMAIL)
  await expect(verifier().verify(accessToken)).resolves.toMatchObject({ tokenVersion: 0 })
})

test('rotation publishes a key first, signs with it then, and withdraws the old one a day later', async () => {
  const ring = createKeyRing(deps())
  const hour = async (aheadMs: number): Promise<{ published: number; signing: string }> => {
    identity.clock.aheadMs = aheadMs
    await retire()
    await ring.load()
    return { published: ring.jwks().length, signing: ring.signing().kid }
  }
  const first = await hour(0)
  expect(await hour(KEY_LIFETIME_MS - MINUTE)).toEqual({ published: 1, signing: first.signing })
  expect(await hour(KEY_LIFETIME_MS + MINUTE)).toEqual({ published: 2, signing: first.signing })
  const second = await hour(KEY_LIFETIME_MS + 4 * MINUTE)
  expect(second.published).toBe(2)
  expect(second.signing).not.toBe(first.signing)
  expect(await hour(KEY_LIFETIME_MS + DAY - MINUTE)).toEqual(second)
  expect(await hour(KEY_LIFETIME_MS + DAY + 4 * MINUTE)).toEqual({ published: 1, signing: second.signing })
})

test('a key that is withdrawn at once is replaced at the next look', async () => {
  const ring = createKeyRing(deps())
  await ring.load()
  const leaked = ring.signing().kid
  await deps().pool.query('update signing_key set retired_at = now() where kid = $1', [leaked])
  await ring.reload.run(new AbortController().signal)
  expect(ring.jwks()).toHaveLength(1)
  expect(ring.signing().kid).not.toBe(leaked)
})
