import { describe, expect, it } from 'vitest'
import type { ClinicalType } from '@wellgate/shared/contracts/interop/import-result'
import { checkResource } from './check-resource.ts'

type Json = Record<string, unknown>

const code = { text: 'SECRET' }
const status = (value: string) => ({ coding: [{ code: value }] })

/** The least that each type must have. */
const least: Record<ClinicalType, Json> = {
  Condition: { code },
  AllergyIntolerance: { code },
  MedicationRequest: { status: 'active', medicationCodeableConcept: code },
  MedicationStatement: { status: 'active', medicationReference: { display: 'SECRET' } },
  Immunization: { status: 'completed', vaccineCode: code },
  Observation: { status: 'final', code },
  Encounter: { status: 'finished' },
  Procedure: { status: 'completed', code },
  DiagnosticReport: { status: 'final', code },
  CarePlan: { status: 'active' },
  Goal: { lifecycleStatus: 'accepted', description: code },
}
const check = (type: ClinicalType, fields: Json) =>
  checkResource(type, JSON.stringify({ resourceType: type, ...least[type], ...fields }))
const types = Object.keys(least) as ClinicalType[]

describe('checking a resource', () => {
  it.each(types)('accepts the least %s, with whatever else it has', (type) => {
    const odd = { extension: [{ url: 'x', valueFoo: 1 }], _birthDate: {}, meta: 7, category: null, unheardOf: [[]] }
    expect(check(type, odd)).toMatchObject({ ok: true, resource: { resourceType: type } })
  })

  it.each(types)('refuses a %s of another type', (type) => {
    expect(check(type, { resourceType: 'Patient' })).toEqual({
      ok: false,
      detail: `resourceType: expected ${type}`,
    })
  })

  it.each<[ClinicalType, Json, string]>([
    ['Observation', { status: undefined }, 'status: expected one of registered, preliminary, final'],
    ['Observation', { status: 'SECRET' }, 'status: expected one of registered, preliminary, final'],
    ['Goal', { lifecycleStatus: null }, 'lifecycleStatus: expected one of proposed'],
    ['Condition', { clinicalStatus: status('SECRET') }, 'clinicalStatus: expected one of active, recurrence'],
    [
      'AllergyIntolerance',
      { clinicalStatus: status('relapse') },
      'clinicalStatus: expected one of active, inactive, resolved',
    ],
    ['Condition', { code: undefined }, 'code: expected a text or a code'],
    ['Condition', { code: { coding: [{ system: 'SECRET' }] } }, 'code: expected a text or a code'],
    ['MedicationRequest', { medicationCodeableConcept: null }, 'medication[x]: expected a text or a code'],
    [
      'MedicationStatement',
      { medicationReference: { reference: '#gone' } },
      'medication[x]: expected a text or a code',
    ],
    ['Immunization', { vaccineCode: 'SECRET' }, 'vaccineCode: expected object'],
    ['Observation', { effectiveDateTime: '2020-02-30' }, 'effectiveDateTime: expected a FHIR date or time that exists'],
    ['Observation', { effectiveDateTime: 20200101 }, 'effectiveDateTime: expected text'],
    ['Encounter', { period: { start: '2020', end: 'SECRET' } }, 'period.end: expected a FHIR date or time that exists'],
    ['Procedure', { performedPeriod: { start: '2020-13' } }, 'performedPeriod.start: expected a FHIR date'],
    ['Goal', { target: [{}, { dueDate: 'SECRET' }] }, 'target[1].dueDate: expected a FHIR date'],
    ['Observation', { valueQuantity: { value: '7.1' } }, 'valueQuantity.value: expected number'],
    [
      'Observation',
      { valueQuantity: { value: 7, comparator: '~' } },
      'valueQuantity.comparator: expected one of <, <=, >=, >',
    ],
    ['Observation', { valueBoolean: 'true' }, 'valueBoolean: expected boolean'],
    ['Observation', { valueInteger: 1.5 }, 'valueInteger: expected int'],
    ['Observation', { valueDecimal: 1.5 }, 'value[x]: expected one value, of a type of FHIR R4'],
    ['Observation', { valueSECRET: 1.5 }, 'value[x]: expected one value, of a type of FHIR R4'],
    ['Observation', { valueString: 'x', valueInteger: 1 }, 'value[x]: expected one value, of a type of FHIR R4'],
    ['Observation', { component: [{ code, valueFoo: 1 }] }, 'component[0].value[x]: expected one value'],
    ['Observation', { component: [{ valueQuantity: { unit: 7 } }] }, 'component[0].valueQuantity.unit: expected text'],
    ['CarePlan', { activity: [{ detail: { doNotPerform: 'SECRET' } }] }, 'doNotPerform: expected boolean'],
    ['Observation', { category: 7 }, 'category: expected a code or a CodeableConcept'],
  ])('%s %j', (type, fields, detail) => {
    const checked = check(type, fields)
    expect(checked).toEqual({ ok: false, detail: expect.stringContaining(detail) })
    expect(JSON.stringify(checked)).not.toContain('SECRET')
  })

  it('refuses what a modifier extension may have turned into its contrary', () => {
    const done = { resourceType: 'Procedure', status: 'completed', code: { text: 'x' } }
    expect(checkResource('Procedure', JSON.stringify({ ...done, modifierExtension: [] })).ok).toBe(true)
    expect(checkResource('Procedure', JSON.stringify({ ...done, modifierExtension: [{ url: 'urn:not' }] }))).toEqual({
      ok: false,
      detail: 'modifierExtension: expected no modifier extension: none is understood',
    })
  })

  const modifierExtension = [{ url: 'urn:SECRET' }]
  const turned = { code, modifierExtension }
  it.each<[ClinicalType, Json, string]>([
    ['Observation', { component: [turned] }, 'component[0]'],
    ['Observation', { referenceRange: [turned] }, 'referenceRange[0]'],
    ['AllergyIntolerance', { reaction: [turned] }, 'reaction[0]'],
    ['MedicationRequest', { dosageInstruction: [turned] }, 'dosageInstruction[0]'],
    ['MedicationRequest', { dosageInstruction: [{ timing: turned }] }, 'dosageInstruction[0].timing'],
    ['MedicationRequest', { contained: [turned] }, 'contained[0]'],
    ['MedicationStatement', { dosage: [turned] }, 'dosage[0]'],
    ['Immunization', { protocolApplied: [turned] }, 'protocolApplied[0]'],
    ['Encounter', { location: [turned] }, 'location[0]'],
    ['CarePlan', { activity: [turned] }, 'activity[0]'],
    ['CarePlan', { activity: [{ detail: turned }] }, 'activity[0].detail'],
    ['Goal', { target: [turned] }, 'target[0]'],
  ])('refuses the same of a part that is shown: %s %j', (type, fields, path) => {
    const detail = `${path}.modifierExtension: expected no modifier extension: none is understood`
    expect(check(type, fields)).toEqual({ ok: false, detail })
  })

  it('refuses numbers that would become others', () => {
    const json = '{"resourceType":"Observation","status":"final","code":{"text":"x"},"valueQuantity":{"value":1e999}}'
    expect(checkResource('Observation', json)).toMatchObject({ ok: false })
  })

  it('names the first of many problems', () => {
    const component = Array.from({ length: 50 }, () => ({ valueBoolean: 'SECRET' }))
    expect(check('Observation', { component })).toMatchObject({
      detail: expect.stringMatching(/^component\[0\].*; and 45 more$/),
    })
  })

  it.each(['', 'SECRET', '[]', 'null', '"Observation"'])('refuses %j', (json) => {
    const checked = checkResource('Observation', json)
    expect(checked.ok).toBe(false)
    expect(JSON.stringify(checked)).not.toContain('SECRET')
  })

  it('finds NUL characters, and only those', () => {
    expect(check('Condition', { note: 'a\0b' })).toMatchObject({ ok: false })
    expect(check('Condition', { ['a\0b']: 1 })).toMatchObject({ ok: false })
    expect(check('Condition', { note: 'a\\\0' })).toMatchObject({ ok: false })
    expect(check('Condition', { note: '\\u0000' })).toMatchObject({ ok: true })
    expect(check('Condition', { note: '\u0001 \\\\u0000' })).toMatchObject({ ok: true })
  })
})
