import { randomUUID } from 'node:crypto'
import { ROLES } from '@wellgate/shared/contracts/access-rule'
import { identityRoutes } from '@wellgate/shared/contracts/identity/routes'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startIdentity, type IdentityUnderTest } from './support.ts'

let identity: IdentityUnderTest
const tokens = new Map<string, string>()
beforeAll(async () => {
  identity = await startIdentity()
  for (const role of ROLES) tokens.set(role, (await identity.staff(role)).token)
  tokens.set('patient', (await identity.activated()).token)
})
afterAll(() => identity?.service.stop())

/** Ids that there are not: what is allowed then fails without changing anything. */
const params = { patientId: randomUUID(), accountId: randomUUID(), facilityId: randomUUID() }
const staffRoutes = identityRoutes.flatMap(({ id, method, access }) =>
  access.kind === 'staff' ? [{ id, method, allowed: access.roles as readonly string[] }] : [],
)

describe.each(staffRoutes)('$id', ({ id, method, allowed }) => {
  const answerTo = async (who: string): Promise<number> => {
    const token = tokens.get(who)
    const body = method === 'GET' ? {} : { body: {} }
    return (await identity.call(id, { params, ...body, ...(token ? { token } : {}) })).status
  }
  const refused = [...ROLES, 'patient'].filter((who) => !allowed.includes(who))

  test.each(allowed)('is open to %s', async (who) => {
    expect([200, 400, 404]).toContain(await answerTo(who))
  })
  test.each(refused)('is closed to %s', async (who) => {
    expect(await answerTo(who)).toBe(403)
  })
  test('is closed to strangers', async () => {
    expect(await answerTo('a stranger')).toBe(401)
  })
})

test('every staff route is in the matrix', () => {
  expect(staffRoutes).toHaveLength(6)
})

test('one’s own account is for everyone who is logged in', async () => {
  for (const token of tokens.values())
    expect((await identity.call('identity.read-own-account', { token })).status).toBe(200)
  expect((await identity.call('identity.read-own-account')).status).toBe(401)
  const token = tokens.get('admin') ?? ''
  expect((await identity.call('identity.read-own-account', { token: `${token.slice(0, -4)}AAAA` })).status).toBe(401)
})

test('a token of an account that there is not is refused', async () => {
  // Signed by keys that are not identity's.
  const token = identity.service.issueToken({ roles: ['admin'] })
  expect((await identity.call('identity.list-facilities', { token })).status).toBe(401)
})
