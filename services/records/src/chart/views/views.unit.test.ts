import { describe, expect, it } from 'vitest'
import { ID, entry } from '../../../test/open-entry.ts'
import { allergyView } from './allergy.ts'
import { carePlanView } from './care-plan.ts'
import { conditionView } from './condition.ts'
import { encounterView } from './encounter.ts'
import { goalView } from './goal.ts'
import { immunizationView } from './immunization.ts'
import { medicationView } from './medication.ts'
import { procedureView } from './procedure.ts'
import { reportView } from './report.ts'

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
