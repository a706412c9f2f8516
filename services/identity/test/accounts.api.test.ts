import { randomUUID } from 'node:crypto'
import { accountChanged } from '@wellgate/shared/contracts/identity/events'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { PASSWORD, startIdentity, statusesOf, type IdentityUnderTest } from './support.ts'

let identity: IdentityUnderTest
beforeAll(async () => {
  identity = await startIdentity()
})
afterAll(() => identity?.service.stop())

const add = async (body: object, token?: string) =>
  identity.call('identity.add-staff', {
    token: token ?? (await identity.admin()),
    body: { password: PASSWORD, ...body },
  })
const disable = async (accountId: string, token?: string) =>
  identity.call('identity.disable-account', { token: token ?? (await identity.admin()), params: { accountId } })
const whoAmI = (token: string) => identity.call('identity.read-own-account', { token })
const newEmail = () => `${randomUUID()}@clinic.example`

describe('adding staff', () => {
  test('makes an account with its roles, each once', async () => {
    const email = newEmail()
    const role = { role: 'clinician', facilityId: identity.facilityId }
    const answer = await add({ email: email.toUpperCase(), roles: [role, { ...role, role: 'auditor' }, role] })
    expect(answer.status).toBe(201)
    expect(answer.body).toEqual({
      id: expect.any(String),
      email,
      patientId: null,
      disabled: false,
      roles: [{ ...role, role: 'auditor' }, role],
    })
    const { accessToken } = await identity.logIn(email)
    expect((await whoAmI(accessToken)).body).toEqual(answer.body)
  })

  test('refuses an e-mail that has an account, in any case, also from a twin', async () => {
    const email = newEmail()
    const roles = [{ role: 'biller', facilityId: identity.facilityId }]
    const answers = await Promise.all([
      add({ email, roles }),
      add({ email: email.toUpperCase(), roles }),
      add({ email, roles }),
    ])
    expect(statusesOf(answers)).toEqual([201, 409, 409])
    expect(answers.find(({ status }) => status === 409)?.body.code).toBe('email-taken')
  })

  test('refuses a facility that there is not, and keeps nothing', async () => {
    const email = newEmail()
    const answer = await add({ email, roles: [{ role: 'biller', facilityId: randomUUID() }] })
    expect(answer).toMatchObject({ status: 422, body: { code: 'unknown-facility', fields: [{ field: 'body.roles' }] } })
    expect((await add({ email, roles: [{ role: 'biller', facilityId: identity.facilityId }] })).status).toBe(201)
  })

  test('refuses short passwords, unknown roles and staff without a role', async () => {
    const roles = [{ role: 'biller', facilityId: identity.facilityId }]
    for (const wrong of [
      { email: newEmail(), roles, password: 'short' },
      { email: newEmail(), roles: [{ role: 'owner', facilityId: identity.facilityId }] },
      { email: newEmail(), roles: [] },
      { email: newEmail(), roles, admin: true },
    ]) {
      expect((await add(wrong)).status).toBe(400)
    }
  })
})

describe('disabling an account', () => {
  test('is felt within a second by its tokens, and by log-in and refresh', async () => {
    const { token, accountId, email } = await identity.staff('clinician')
    const { refreshToken } = await identity.logIn(email)
    expect((await whoAmI(token)).status).toBe(200)
    expect((await disable(accountId)).status).toBe(204)
    await vi.waitFor(async () => expect((await whoAmI(token)).status).toBe(401), { timeout: 1_000, interval: 20 })
    expect((await identity.call('identity.log-in', { body: { email, password: PASSWORD } })).status).toBe(401)
    expect((await identity.call('identity.refresh-session', { body: { refreshToken } })).status).toBe(401)
  })

  test('also ends a session that a log-in in the same moment has started', async () => {
    const { accountId, email } = await identity.staff('biller')
    const { refreshToken } = await identity.logIn(email)
    // As that log-in leaves it: the account disabled, the session not ended.
    await identity.service.pool.query('update account set disabled_at = now() where id = $1', [accountId])
    expect((await identity.call('identity.refresh-session', { body: { refreshToken } })).status).toBe(401)
  })

  test('is told once, however often it is asked for', async () => {
    const { accountId } = await identity.staff('biller')
    const answers = await Promise.all([disable(accountId), disable(accountId), disable(accountId)])
    expect(answers.map(({ status }) => status)).toEqual([204, 204, 204])
    const told = (await identity.service.published(accountChanged)).filter(({ key }) => key === accountId)
    expect(told.map(({ payload, aggregateVersion }) => ({ payload, aggregateVersion }))).toEqual([
      { payload: { accountId, accessVersion: 1 }, aggregateVersion: 1 },
    ])
  })

  test('is refused for oneself and for who is not there', async () => {
    const { body } = await whoAmI(await identity.admin())
    expect(await disable(body.id)).toMatchObject({ status: 409, body: { code: 'own-account' } })
    expect(await disable(body.id.toUpperCase())).toMatchObject({ status: 409 })
    expect(await disable(randomUUID())).toMatchObject({ status: 404, body: { code: 'unknown-account' } })
    expect((await disable('not-an-id')).status).toBe(400)
  })
})
