import { randomUUID } from 'node:crypto'
import { ROLES } from '@wellgate/shared/contracts/access-rule'
import { billingRoutes } from '@wellgate/shared/contracts/billing/routes'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Office, startOffice } from './support.ts'

let office: Office
const tokens = new Map<string, string>()
beforeAll(async () => {
  office = await startOffice()
  for (const role of ROLES) tokens.set(role, office.service.issueToken({ roles: [role] }))
  tokens.set('patient', office.service.issueToken({ patientId: randomUUID() }))
})
afterAll(() => office?.service.stop())

/** Ids that there are not: what is allowed then fails without changing anything. */
const params = Object.fromEntries(
  'patientId invoiceId paymentId entryId code'.split(' ').map((name) => [name, randomUUID()]),
)
const everyone = [...ROLES, 'patient']
const rows = billingRoutes
  .filter(({ access }) => access.kind !== 'public')
  .map(({ id, method, access }) => {
    const allowed: readonly string[] = 'roles' in access ? access.roles : everyone
    return { id, method, kind: access.kind, allowed, refused: everyone.filter((who) => !allowed.includes(who)) }
  })

describe.each(rows)('$id', ({ id, method, kind, allowed, refused }) => {
  const answerTo = async (who: string): Promise<number> => {
    const token = tokens.get(who)
    const sent = method === 'GET' ? {} : { body: {} }
    const headers = { 'idempotency-key': randomUUID() }
    return (await office.call(id, { params, ...sent, headers, ...(token ? { token } : {}) })).status
  }

  it.each(allowed)('is open to %s', async (who) => {
    expect([200, 400, 404]).toContain(await answerTo(who))
  })
  if (refused.length > 0)
    it.each(refused)('is closed to %s', async (who) => {
      expect(await answerTo(who)).toBe(kind === 'patient' ? 404 : 403)
    })
  it('is closed to strangers', async () => {
    expect(await answerTo('a stranger')).toBe(401)
  })
})

it('has every route in the matrix but the webhook, whose signature is its token', () => {
  expect(rows).toHaveLength(27)
  const open = billingRoutes.filter(({ access }) => access.kind === 'public').map(({ id }) => id)
  expect(open).toEqual(['billing.payment-webhook'])
})
