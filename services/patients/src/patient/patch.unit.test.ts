import { describe, expect, it } from 'vitest'
import type { Actor } from '@wellgate/shared/access/actor'
import { applyPatch, assertMayPatch, isSame } from './patch.ts'
import type { PatientDocument } from './patient.ts'

const document: PatientDocument = {
  mrn: 'WG000000013',
  name: { family: 'Lovelace', given: ['Ada'], prefix: ['Lady'] },
  otherNames: [],
  birthDate: '1915-12-10',
  gender: 'female',
  identifiers: [],
  addresses: [{ line: ['12 St James Square'], city: 'London' }],
  telecoms: [{ system: 'phone', value: '555-0100' }],
  deceased: null,
  resource: null,
}
const patient = { roles: [] } as unknown as Actor
const frontDesk = { roles: [{ role: 'front-desk' }] } as unknown as Actor

describe('who may change what', () => {
  it('lets a patient correct addresses and telecoms', () => {
    expect(() => assertMayPatch(patient, { addresses: [], telecoms: null })).not.toThrow()
  })

  it('names every field that is not the patient’s to change', () => {
    const refusal = expect.objectContaining({
      status: 403,
      details: {
        fields: ['name', 'birthDate'].map((name) => ({
          field: `body.${name}`,
          expected: 'a change by the front desk',
        })),
      },
    })
    expect(() => assertMayPatch(patient, { name: {}, addresses: [], birthDate: '1990' })).toThrow(refusal)
  })

  it('lets the front desk change everything', () => {
    expect(() => assertMayPatch(frontDesk, { name: {}, birthDate: '1990', gender: 'other' })).not.toThrow()
  })
})

describe('a merge patch', () => {
  it('keeps what it does not name', () => {
    expect(isSame(applyPatch(document, {}), document)).toBe(true)
    expect(applyPatch(document, { gender: 'other' })).toEqual({ ...document, gender: 'other' })
  })

  it('merges the name and removes what is null', () => {
    expect(applyPatch(document, { name: { family: 'King' } }).name).toEqual({
      family: 'King',
      given: ['Ada'],
      prefix: ['Lady'],
    })
    expect(applyPatch(document, { name: { prefix: null, suffix: ['PhD'] } }).name).toEqual({
      family: 'Lovelace',
      given: ['Ada'],
      suffix: ['PhD'],
    })
  })

  it('replaces lists as a whole, and empties them by null', () => {
    expect(applyPatch(document, { addresses: null, telecoms: [] })).toMatchObject({ addresses: [], telecoms: [] })
  })
})
