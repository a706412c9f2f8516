import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ROLES, type AccessRule, type Role } from '../contracts/access-rule.ts'
import { AccountId, FacilityId, PatientId, SessionId } from '../contracts/ids.ts'
import type { Actor } from './actor.ts'
import { decide, resolvePatient } from './policy.ts'

const patientId = fc.constantFrom(
  ...['1', '2', '3'].map((n) => PatientId.parse(`0000000${n}-0000-4000-8000-000000000000`)),
)
const roles = fc.subarray([...ROLES])
const actor: fc.Arbitrary<Actor> = fc.record({
  accountId: fc.constant(AccountId.parse('a0000000-0000-4000-8000-000000000000')),
  sessionId: fc.constant(SessionId.parse('b0000000-0000-4000-8000-000000000000')),
  patientId: fc.option(patientId),
  roles: roles.map((held) =>
    held.map((role) => ({ role, facilityId: FacilityId.parse('f0000000-0000-4000-8000-000000000000') })),
  ),
  tokenVersion: fc.nat(),
})
const patientRule = roles.map((allowed): AccessRule => ({ kind: 'patient', roles: allowed }))
const staffRule = fc
  .subarray([...ROLES], { minLength: 1 })
  .map((allowed): AccessRule => ({ kind: 'staff', roles: allowed as [Role, ...Role[]] }))
const loggedIn = fc.oneof(patientRule, staffRule, fc.constant<AccessRule>({ kind: 'authenticated' }))

const holds = (who: Actor, rule: AccessRule): boolean =>
  (rule.kind === 'patient' || rule.kind === 'staff') && who.roles.some(({ role }) => rule.roles.includes(role))

describe('decide', () => {
  it('gives nothing but a public route to nobody', () => {
    fc.assert(
      fc.property(loggedIn, fc.option(patientId, { nil: undefined }), (rule, id) => {
        expect(decide(rule, undefined, id)).toEqual({ allow: false, as: 401 })
      }),
    )
    expect(decide({ kind: 'public' }, undefined, undefined)).toEqual({ allow: true, relation: null })
  })

  it('shows a patient to themselves and to the roles of the rule, and to no one else: 404, never 403', () => {
    fc.assert(
      fc.property(patientRule, actor, patientId, (rule, who, id) => {
        const self = who.patientId === id
        const expected = self
          ? { allow: true, relation: 'self' }
          : holds(who, rule)
            ? { allow: true, relation: 'staff-role' }
            : { allow: false, as: 404 }
        expect(decide(rule, who, id)).toEqual(expected)
      }),
    )
  })

  it('opens a staff route to its roles only, whoever the patient is', () => {
    fc.assert(
      fc.property(staffRule, actor, fc.option(patientId, { nil: undefined }), (rule, who, id) => {
        const expected = holds(who, rule) ? { allow: true, relation: 'staff-role' } : { allow: false, as: 403 }
        expect(decide(rule, who, id)).toEqual(expected)
      }),
    )
  })

  it('never allows more when a role is taken away', () => {
    fc.assert(
      fc.property(loggedIn, actor, patientId, fc.nat(10), (rule, who, id, drop) => {
        const fewer = { ...who, roles: who.roles.filter((_, index) => index !== drop) }
        expect(decide(rule, who, id).allow || !decide(rule, fewer, id).allow).toBe(true)
      }),
    )
  })
})

describe('resolvePatient', () => {
  it('turns me into the own patient, and into nobody without one', () => {
    fc.assert(
      fc.property(actor, patientId, (who, id) => {
        expect(resolvePatient('me', who)).toBe(who.patientId ?? undefined)
        expect(resolvePatient(id.toUpperCase(), who)).toBe(id)
        expect(resolvePatient('me', undefined)).toBeUndefined()
      }),
    )
  })
})
