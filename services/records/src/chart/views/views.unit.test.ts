import { describe, expect, it } from 'vitest'
import type { OpenEntry } from '../entry.ts'
import { allergyView } from './allergy.ts'
import { carePlanView } from './care-plan.ts'
import { conditionView } from './condition.ts'
import { encounterView } from './encounter.ts'
import { goalView } from './goal.ts'
import { immunizationView } from './immunization.ts'
import { medicationView } from './medication.ts'
import { observationView } from './observation.ts'
import { procedureView } from './procedure.ts'
import { reportView } from './report.ts'

const ID = '018f0000-0000-7000-8000-000000000001'

const entry = (resource: Record<string, unknown>, more: Partial<OpenEntry> = {}): OpenEntry => ({
  id: ID,
  version: 3,
  source: 'general-hospital',
  encounterId: null,
  clinicalTime: 0,
  performers: ['Dr. June Kassulke'],
  links: {},
  resource,
  ...more,
})
const observation = (fields: Record<string, unknown>) =>
  observationView(entry({ resourceType: 'Observation', status: 'final', code: { text: 'x' }, ...fields }))

describe('an entry', () => {
  it('shows what every list shows', () => {
    const coding = { system: 'http://loinc.org', code: '8302-2', display: 'Body Height' }
    const view = observationView(
      entry(
        {
          resourceType: 'Observation',
          status: 'final',
          category: [{ coding: [{ code: 'vital-signs' }, { code: 'exam' }] }, { coding: [{ code: 'exam' }] }],
          code: { coding: [coding], text: 'Height' },
          effectiveDateTime: '2012-11',
          issued: '2012-12-01T00:00:00Z',
        },
        { encounterId: ID },
      ),
    )
    expect(view).toEqual({
      id: ID,
      status: 'final',
      category: ['vital-signs', 'exam'],
      code: { text: 'Height', codings: [coding] },
      clinicalTime: '2012-11',
      encounterId: ID,
      performers: ['Dr. June Kassulke'],
      source: 'general-hospital',
      version: 3,
      value: null,
      components: [],
      interpretation: [],
      referenceRanges: [],
    })
  })

  it.each([
    [{ text: 'own', coding: [{ code: 'c', display: 'd' }] }, 'own'],
    [{ coding: [{ code: 'c' }, { code: 'c2', display: 'd2' }] }, 'd2'],
    [{ text: '', coding: [{ code: 'c' }] }, 'c'],
    [{ text: '👩🏽‍⚕️ שלום', coding: [] }, '👩🏽‍⚕️ שלום'],
    [{ coding: [{ system: 's' }] }, ''],
    ['nonsense', ''],
  ])('is named by its text, a display or a code: %j', (code, text) => {
    expect(observation({ code }).code.text).toBe(text)
  })

  it.each([
    [{ effectivePeriod: { start: '2012', end: '2013' }, issued: '2014' }, '2012'],
    [{ effectiveInstant: '2012-01-01T00:00:00Z' }, '2012-01-01T00:00:00Z'],
    [{ issued: '2014-01-01T00:00:00+13:45' }, '2014-01-01T00:00:00+13:45'],
    [{}, null],
  ])('has the time as sent: %j', (fields, time) => {
    expect(observation(fields).clinicalTime).toBe(time)
  })
})

describe('a value', () => {
  it.each([
    [
      { valueQuantity: { value: 164.28633591091844, unit: 'cm', code: 'cm' } },
      { kind: 'quantity', value: 164.28633591091844, unit: 'cm', code: 'cm' },
    ],
    [{ valueQuantity: { value: 0, unit: '{score}' } }, { kind: 'quantity', value: 0, unit: '{score}', code: null }],
    [
      { valueQuantity: { value: 5, comparator: '<', code: 'mg/dL' } },
      { kind: 'quantity', value: 5, comparator: '<', unit: 'mg/dL', code: 'mg/dL' },
    ],
    [{ valueCodeableConcept: { text: 'Never smoker' } }, { kind: 'coded', text: 'Never smoker', codings: [] }],
    [{ valueString: 'clear' }, { kind: 'text', text: 'clear' }],
    [{ valueDateTime: '2012-05' }, { kind: 'text', text: '2012-05' }],
    [{ valueTime: '12:30:00' }, { kind: 'text', text: '12:30:00' }],
    [{ valueBoolean: false }, { kind: 'boolean', value: false }],
    [{ valueInteger: 0 }, { kind: 'integer', value: 0 }],
    [{ valueRatio: { numerator: { value: 1 } } }, { kind: 'other', text: '{"numerator":{"value":1}}' }],
    [{ valuePeriod: { start: '2012' } }, { kind: 'other', text: '{"start":"2012"}' }],
    [{ valueQuantity: { unit: 'cm' } }, { kind: 'other', text: '{"unit":"cm"}' }],
    [{ valueQuantity: { value: Infinity, unit: 'cm' } }, { kind: 'other', text: '{"value":null,"unit":"cm"}' }],
    [{ valueInteger: 1.5 }, null],
    [{ dataAbsentReason: { text: 'unknown' } }, null],
  ])('%j', (fields, value) => {
    expect(observation(fields).value).toEqual(value)
  })

  it('may be two: blood pressure', () => {
    const part = (code: string, value: number) => ({ code: { text: code }, valueQuantity: { value, unit: 'mm[Hg]' } })
    const { value, components } = observation({ component: [part('Diastolic', 80), part('Systolic', 120)] })
    expect(value).toBeNull()
    expect(components.map(({ code, value: each }) => [code.text, each])).toEqual([
      ['Diastolic', { kind: 'quantity', value: 80, unit: 'mm[Hg]', code: null }],
      ['Systolic', { kind: 'quantity', value: 120, unit: 'mm[Hg]', code: null }],
    ])
  })

  it('comes with interpretation and ranges', () => {
    const view = observation({
      interpretation: [{ coding: [{ code: 'H' }] }],
      referenceRange: [
        { text: 'normal' },
        { low: { value: 3.5, unit: 'mmol/L' }, high: { value: 5.1, unit: 'mmol/L' } },
        { high: { value: 5.1 } },
        { low: { value: 1 } },
        {},
      ],
    })
    expect(view.interpretation).toEqual(['H'])
    expect(view.referenceRanges).toEqual(['normal', '3.5 mmol/L – 5.1 mmol/L', '≤ 5.1', '≥ 1'])
  })
})

describe('each type', () => {
  it('condition', () => {
    const view = conditionView(
      entry({
        clinicalStatus: { coding: [{ code: 'active' }] },
        verificationStatus: { coding: [{ code: 'confirmed' }] },
        severity: { text: 'severe' },
        code: { text: 'Hypertension' },
        onsetPeriod: { start: '1999', end: '2000' },
        abatementPeriod: { start: '2001', end: '2002' },
      }),
    )
    expect(view).toMatchObject({ status: 'active', verificationStatus: 'confirmed', severity: 'severe' })
    expect(view).toMatchObject({ clinicalTime: '1999', onset: '1999', abatement: '2002' })
    expect(conditionView(entry({ onsetString: 'as a child' }))).toMatchObject({
      onset: 'as a child',
      clinicalTime: null,
    })
    const inError = conditionView(entry({ verificationStatus: { coding: [{ code: 'entered-in-error' }] } }))
    expect(inError.status).toBe('entered-in-error')
  })

  it('allergy', () => {
    const reaction = [{ manifestation: [{ text: 'Hives' }, { coding: [{ display: 'Itch' }] }], severity: 'mild' }, {}]
    expect(
      allergyView(entry({ category: ['food', 'medication'], criticality: 'low', recordedDate: '1981', reaction })),
    ).toMatchObject({
      category: ['food', 'medication'],
      criticality: 'low',
      clinicalTime: '1981',
      reactions: [
        { manifestations: ['Hives', 'Itch'], severity: 'mild' },
        { manifestations: [], severity: null },
      ],
    })
  })

  it('medication', () => {
    const request = medicationView(
      entry({
        resourceType: 'MedicationRequest',
        status: 'active',
        intent: 'order',
        authoredOn: '2000-02-22',
        medicationReference: { reference: '#m' },
        contained: [{ id: 'other' }, { id: 'm', code: { text: 'Aspirin' } }],
        reasonCode: [{ text: 'Pain' }],
        reasonReference: [{ display: 'Fever' }, { reference: 'Condition/1' }],
        dosageInstruction: [
          { text: 'Two with water' },
          {
            timing: { repeat: { frequency: 1, frequencyMax: 2, period: 4, periodUnit: 'h' } },
            doseAndRate: [{ doseQuantity: { value: 1.5, unit: 'tablet' } }],
            route: { text: 'oral' },
            asNeededBoolean: true,
          },
          { timing: { code: { text: 'BID' } }, asNeededCodeableConcept: { text: 'pain' } },
          { sequence: 1 },
        ],
      }),
    )
    expect(request).toMatchObject({
      intent: 'order',
      code: { text: 'Aspirin' },
      clinicalTime: '2000-02-22',
      reasons: ['Pain', 'Fever'],
      dosages: ['Two with water', '1.5 tablet, 1 – 2 x per 4 h, oral, as needed', 'BID, as needed: pain'],
    })
    expect(
      medicationView(
        entry({
          resourceType: 'MedicationStatement',
          status: 'completed',
          effectivePeriod: { start: '2001' },
          dateAsserted: '2002',
          medicationReference: { display: 'Ibuprofen' },
          dosage: [{ patientInstruction: 'with food' }],
        }),
      ),
    ).toMatchObject({ intent: null, code: { text: 'Ibuprofen' }, clinicalTime: '2001', dosages: ['with food'] })
  })

  it('immunization', () => {
    const of = (protocol: unknown) => immunizationView(entry({ lotNumber: 'L1', protocolApplied: [protocol] }))
    expect(of({ doseNumberPositiveInt: 2 })).toMatchObject({ lotNumber: 'L1', doseNumber: '2' })
    expect(of({ doseNumberString: 'booster' }).doseNumber).toBe('booster')
    expect(of(undefined).doseNumber).toBeNull()
  })

  it('encounter', () => {
    expect(
      encounterView(
        entry({
          resourceType: 'Encounter',
          class: { code: 'AMB', display: 'ambulatory' },
          period: { start: '2012-01-01', end: '2012-01-02' },
          location: [{}, { location: { display: 'Ward 7' } }],
        }),
      ),
    ).toMatchObject({
      class: 'AMB',
      category: ['AMB'],
      code: { text: 'ambulatory' },
      period: { start: '2012-01-01', end: '2012-01-02' },
      clinicalTime: '2012-01-01',
      facility: 'Ward 7',
    })
    expect(encounterView(entry({ serviceProvider: { display: 'LAHEY' }, type: [{ text: 'Check up' }] }))).toMatchObject(
      {
        facility: 'LAHEY',
        code: { text: 'Check up' },
        period: { start: null, end: null },
      },
    )
  })

  it('procedure', () => {
    expect(procedureView(entry({ performedDateTime: '2012' })).period).toEqual({ start: '2012', end: null })
    expect(procedureView(entry({ performedPeriod: { start: '2012', end: '2013' } }))).toMatchObject({
      period: { start: '2012', end: '2013' },
      clinicalTime: '2012',
    })
  })

  it('report', () => {
    const result = [
      { reference: 'urn:uuid:1', display: 'Cholesterol' },
      { reference: 'urn:uuid:2' },
      { reference: 'constructor' },
      { reference: 'bad' },
    ]
    const links = { 'urn:uuid:1': `Observation/${ID}`, bad: 'Observation/not-an-id' }
    expect(reportView(entry({ issued: '2012', conclusion: 'Fine', result }, { links }))).toMatchObject({
      issued: '2012',
      conclusion: 'Fine',
      results: [
        { observationId: ID, text: 'Cholesterol' },
        { observationId: null, text: null },
        { observationId: null, text: null },
        { observationId: null, text: null },
      ],
    })
  })

  it('care plan', () => {
    const activity = [
      { detail: { code: { text: 'Rest' }, status: 'completed' } },
      { detail: { description: 'Walk' } },
      { reference: { display: 'Referral' } },
      { detail: { description: 'Lift', status: 'scheduled', doNotPerform: true } },
      { detail: { description: 'Swim', doNotPerform: false } },
      {},
    ]
    const view = carePlanView(entry({ intent: 'order', category: [{ text: 'Therapy' }], activity }))
    expect(view.code.text).toBe('Therapy')
    expect(view.activities).toEqual([
      { text: 'Rest', status: 'completed' },
      { text: 'Walk', status: null },
      { text: 'Referral', status: null },
      { text: 'Not to be done: Lift', status: 'scheduled' },
      { text: 'Swim', status: null },
      { text: '', status: null },
    ])
    expect(carePlanView(entry({ title: 'My plan', category: [{ text: 'Therapy' }] })).code.text).toBe('My plan')
  })

  it('goal', () => {
    const target = [
      { measure: { text: 'HbA1c' }, detailQuantity: { value: 7, unit: '%', comparator: '<' }, dueDate: '2021-01' },
      { detailRange: { high: { value: 7 } }, dueDuration: { value: 3, unit: 'months' } },
    ]
    const achievementStatus = { coding: [{ code: 'in-progress' }] }
    expect(
      goalView(entry({ lifecycleStatus: 'accepted', achievementStatus, description: { text: 'HbA1c < 7' }, target })),
    ).toMatchObject({
      status: 'accepted',
      achievement: 'in-progress',
      code: { text: 'HbA1c < 7' },
      targets: [
        {
          measure: 'HbA1c',
          detail: { kind: 'quantity', value: 7, comparator: '<', unit: '%', code: null },
          due: '2021-01',
        },
        { measure: null, detail: { kind: 'other', text: '{"high":{"value":7}}' }, due: '3 months' },
      ],
    })
  })
})
