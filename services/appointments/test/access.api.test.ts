import { randomUUID } from 'node:crypto'
import { ROLES } from '@wellgate/shared/contracts/access-rule'
import { appointmentsRoutes } from '@wellgate/shared/contracts/appointments/routes'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Clinic, startClinic } from './support.ts'

let clinic: Clinic
const tokens = new Map<string, string>()
beforeAll(async () => {
  clinic = await startClinic()
  for (const role of ROLES) tokens.set(role, clinic.service.issueToken({ roles: [role] }))
  tokens.set('patient', clinic.patient().token)
})
afterAll(() => clinic?.service.stop())

/** Ids that there are not: what is allowed then fails without changing anything. */
const params = Object.fromEntries(
  'patientId facilityId visitTypeId providerId roomId exceptionId appointmentId holdId entryId'
    .split(' ')
    .map((name) => [name, randomUUID()]),
)
const everyone = [...ROLES, 'patient']
const rows = appointmentsRoutes.map(({ id, method, access }) => {
  const allowed: readonly string[] = 'roles' in access ? access.roles : everyone
  return { id, method, kind: access.kind, allowed, refused: everyone.filter((who) => !allowed.includes(who)) }
})

describe.each(rows)('$id', ({ id, method, kind, allowed, refused }) => {
  const answerTo = async (who: string): Promise<number> => {
    const token = tokens.get(who)
    const sent = method === 'GET' || method === 'DELETE' ? {} : { body: {} }
    const headers = { 'idempotency-key': randomUUID() }
    return (await clinic.call(id, { params, ...sent, headers, ...(token ? { token } : {}) })).status
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

it('has every route in the matrix', () => {
  expect(rows).toHaveLength(26)
})
