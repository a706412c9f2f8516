import { describe, expect, it } from 'vitest'
import { CLINICAL_TYPES, type ClinicalType } from '@wellgate/shared/contracts/interop/import-result'
import { ANATOMY, categoriesOf, CLEAR_CATEGORIES, clinicalTimeOf, codesOf, typeOf } from './facts.ts'
import type { Part } from './fhir.ts'

const concept = (...codes: string[]) => ({ coding: codes.map((code) => ({ system: 's', code })) })
const codeTexts = (type: ClinicalType, resource: Part) => codesOf(type, resource).map(({ code }) => code)

describe('categories', () => {
  it.each<[string, Part, string[]]>([
    ['concepts', { category: [concept('vital-signs', 'x'), concept('x')] }, ['vital-signs', 'x']],
    ['one concept, as a procedure has', { category: concept('103693007') }, ['103693007']],
    ['plain codes, as an allergy has', { category: ['food', 'medication'] }, ['food', 'medication']],
    ['a text without code', { category: [{ text: 'private' }] }, []],
    ['none', {}, []],
    ['what is no category', { category: [7, null, '', [], { coding: [{}] }] }, []],
    ['the class of an encounter', { resourceType: 'Encounter', class: { code: 'AMB' } }, ['AMB']],
    ['the class of nothing else', { resourceType: 'Observation', class: { code: 'AMB' } }, []],
  ])('are of %s', (_, resource, codes) => {
    expect(categoriesOf(resource)).toEqual(codes)
  })

  it('are clear only where they name a sort of entry', () => {
    const clear = ['vital-signs', 'laboratory', 'problem-list-item', 'encounter-diagnosis', 'food', 'LAB', 'community']
    expect(clear.filter((code) => !CLEAR_CATEGORIES.has(code))).toEqual([])
    // An illness (care plans), how urgent a visit was, what only looks alike, and no code at all.
    const indexed = ['736285004', 'EMER', 'AMB', 'lab', 'Vital-Signs', 'vital signs', 'psychiatry', '']
    expect(indexed.filter((code) => CLEAR_CATEGORIES.has(code))).toEqual([])
  })
})

describe('the status', () => {
  it.each<[ClinicalType, Part, string | null]>([
    ['Condition', { clinicalStatus: concept('relapse') }, 'relapse'],
    ['Condition', { verificationStatus: concept('entered-in-error') }, 'entered-in-error'],
    [
      'AllergyIntolerance',
      { clinicalStatus: concept('active'), verificationStatus: concept('entered-in-error') },
      'entered-in-error',
    ],
    ['AllergyIntolerance', { clinicalStatus: concept('active'), verificationStatus: concept('refuted') }, 'active'],
    ['Condition', {}, null],
    ['Immunization', { status: 'not-done' }, 'not-done'],
    ['Goal', { lifecycleStatus: 'accepted', status: 'x' }, 'accepted'],
    ['Observation', { status: ['final'] }, null],
  ])('of %s %j is %s', (type, resource, status) => {
    expect(ANATOMY[type].status(resource)).toBe(status)
  })
})

describe('the clinical time', () => {
  const period = (start?: string) => ({ ...(start === undefined ? {} : { start }), end: '2031' })
  it.each<[ClinicalType, Part, string | null]>([
    ['Condition', { onsetDateTime: '1999', recordedDate: '2001' }, '1999'],
    ['Condition', { onsetPeriod: period('1998'), recordedDate: '2001' }, '1998'],
    ['Condition', { onsetPeriod: period(), recordedDate: '2001' }, '2001'],
    ['AllergyIntolerance', { onsetString: 'as a child', recordedDate: '2001-02' }, '2001-02'],
    ['MedicationRequest', { authoredOn: '2002-02-02' }, '2002-02-02'],
    ['MedicationStatement', { effectivePeriod: period('2003'), dateAsserted: '2004' }, '2003'],
    ['Immunization', { occurrenceString: 'long ago', recorded: '2005' }, '2005'],
    ['Observation', { effectiveInstant: '2006-01-01T00:00:00Z', issued: '2007' }, '2006-01-01T00:00:00Z'],
    ['Encounter', { period: period('2008') }, '2008'],
    ['Encounter', { period: period() }, null],
    ['Procedure', { performedPeriod: period('2009') }, '2009'],
    ['Procedure', { performedString: 'yesterday' }, null],
    ['DiagnosticReport', { issued: '2010' }, '2010'],
    ['CarePlan', { period: period(), created: '2011' }, '2011'],
    ['Goal', { statusDate: '2013', startDate: '2012' }, '2012'],
    ['Goal', { target: [{ dueDate: '2030' }] }, null],
    ['Observation', { effectivePeriod: 'constructor', issued: '' }, null],
  ])('of %s %j is %s, as sent', (type, resource, time) => {
    expect(clinicalTimeOf(type, resource)).toBe(time)
  })
})

describe('the codes', () => {
  it.each<[ClinicalType, Part, (string | null)[]]>([
    ['Observation', { code: concept('8302-2', '3137-7'), category: [concept('x')] }, ['8302-2', '3137-7']],
    ['Immunization', { vaccineCode: concept('140'), code: concept('x') }, ['140']],
    ['Encounter', { type: [concept('1'), concept('2')], class: { code: 'AMB' } }, ['1', '2']],
    ['Encounter', { class: { code: 'AMB' } }, ['AMB']],
    ['CarePlan', { category: [concept('1'), concept('2')] }, ['1', '2']],
    ['Goal', { description: concept('1') }, ['1']],
    ['MedicationRequest', { medicationCodeableConcept: concept('1') }, ['1']],
    [
      'MedicationRequest',
      { medicationReference: { reference: '#m' }, contained: [{ id: 'n' }, { id: 'm', code: concept('2') }] },
      ['2'],
    ],
    ['MedicationRequest', { medicationReference: { reference: '#m', display: 'x' } }, []],
    ['Observation', { code: { coding: [{ display: 'no code' }] } }, [null]],
  ])('of %s %j are %j', (type, resource, codes) => {
    expect(codeTexts(type, resource)).toEqual(codes)
  })
})

it('has an anatomy and a type for everything that interop sends, and for nothing else', () => {
  for (const type of CLINICAL_TYPES)
    expect([typeOf({ resourceType: type }), ANATOMY[type].times.length > 0]).toEqual([type, true])
  for (const resourceType of ['Patient', 'toString', '', null]) expect(typeOf({ resourceType })).toBeUndefined()
})
