import { afterAll, beforeAll, expect, it } from 'vitest'
import type { RunningTestService } from '@wellgate/shared/testing/service'
import { at, concept, itemOf, observation, start, type Json } from './support.ts'

let service: RunningTestService
let chart: ReturnType<typeof at>
beforeAll(async () => {
  service = await start()
  chart = at(service)
})
afterAll(() => service.stop())

const coded = (code: string) => ({ coding: [{ code }] })
const condition = (text: string, status: string | null, verification = 'confirmed'): Json => ({
  resourceType: 'Condition',
  ...(status === null ? {} : { clinicalStatus: coded(status) }),
  verificationStatus: coded(verification),
  code: { text },
  onsetDateTime: '2020-01-01',
})
const allergy = (text: string, verification: string): Json => ({
  resourceType: 'AllergyIntolerance',
  ...(verification === 'entered-in-error' ? {} : { clinicalStatus: coded('active') }),
  verificationStatus: coded(verification),
  code: { text },
})
const vital = (code: string, day: number, fields: Json = {}): Json =>
  observation({
    category: [coded('vital-signs')],
    code: concept(code),
    effectiveDateTime: `2020-01-${String(day).padStart(2, '0')}`,
    ...fields,
  })
const textsOf = (items: { code: { text: string } }[]) => items.map(({ code }) => code.text)

it('shows what is active and what is latest, and nothing that was an error', async () => {
  const { patientId } = await chart.importAll([
    ...['active', 'recurrence', 'relapse', 'inactive', 'remission', 'resolved'].map((status) =>
      condition(status, status),
    ),
    condition('mistaken', null, 'entered-in-error'),
    condition('refuted', 'active', 'refuted'),
    allergy('Dander', 'confirmed'),
    allergy('Mistaken', 'entered-in-error'),
    allergy('Refuted', 'refuted'),
    ...['active', 'stopped'].map((status) => ({
      resourceType: 'MedicationRequest',
      status,
      medicationCodeableConcept: { text: status },
    })),
    {
      resourceType: 'MedicationRequest',
      status: 'active',
      doNotPerform: true,
      medicationCodeableConcept: { text: 'not to be given' },
    },
    ...Array.from({ length: 12 }, (_, n) => ({
      resourceType: 'Immunization',
      status: 'completed',
      vaccineCode: { text: `dose ${n}` },
      occurrenceDateTime: String(2000 + n),
    })),
    { resourceType: 'Immunization', status: 'not-done', vaccineCode: { text: 'refused' }, occurrenceDateTime: '2020' },
    vital('8302-2', 1),
    ...Array.from({ length: 20 }, (_, n) => vital('8867-4', n + 1)),
    vital('8867-4', 30, { status: 'entered-in-error' }),
    vital('none', 5, { code: { text: 'first without code' } }),
    vital('none', 4, { code: { text: 'second without code' } }),
    ...Array.from({ length: 12 }, (_, n) =>
      observation({ code: { text: `lab ${n}` }, effectiveDateTime: String(2000 + n) }),
    ),
    observation({ status: 'cancelled', effectiveDateTime: '2022' }),
    ...Array.from({ length: 7 }, (_, n) => ({
      resourceType: 'Encounter',
      status: 'finished',
      class: { code: 'AMB' },
      period: { start: String(2000 + n) },
    })),
  ])
  const { status, body } = await chart.read('records.read-summary', patientId)
  expect(status).toBe(200)
  expect(body.counts).toEqual({
    conditions: 7,
    allergies: 2,
    medications: 3,
    immunizations: 13,
    observations: 36,
    encounters: 7,
    procedures: 0,
    reports: 0,
    'care-plans': 0,
    goals: 0,
  })
  expect(textsOf(body.problems).toSorted()).toEqual(['active', 'recurrence', 'relapse'])
  expect(textsOf(body.allergies)).toEqual(['Dander'])
  expect(textsOf(body.medications)).toEqual(['active'])
  expect(textsOf(body.immunizations)).toEqual(Array.from({ length: 10 }, (_, n) => `dose ${11 - n}`))
  expect(body.vitals.map((each: Json & { code: { text: string } }) => [each.code.text, each['clinicalTime']])).toEqual([
    ['The 8867-4', '2020-01-20'],
    ['first without code', '2020-01-05'],
    ['second without code', '2020-01-04'],
    ['The 8302-2', '2020-01-01'],
  ])
  expect(textsOf(body.results)).toEqual(Array.from({ length: 10 }, (_, n) => `lab ${11 - n}`))
  expect(body.encounters.map((each: Json) => (each['period'] as Json)['start'])).toEqual([
    '2006',
    '2005',
    '2004',
    '2003',
    '2002',
  ])
})

it('leaves what was entered in error to those who ask for it', async () => {
  const inError = { status: 'entered-in-error' }
  const { patientId } = await chart.importAll([
    condition('mistaken', null, 'entered-in-error'),
    condition('doubted', 'active', 'unconfirmed'),
    condition('without status', null),
    observation(inError),
    observation({ status: 'unknown', effectiveDateTime: '2019' }),
    { resourceType: 'Goal', lifecycleStatus: 'entered-in-error', description: { text: 'mistaken' } },
  ])
  const statusesIn = async (list: 'conditions' | 'observations' | 'goals', query = {}) =>
    (await chart.read(`records.list-${list}`, patientId, query)).body.items.map((each: Json) => each['status'])
  expect((await statusesIn('conditions')).toSorted()).toEqual(['active', null])
  expect(await statusesIn('observations')).toEqual(['unknown'])
  expect(await statusesIn('goals')).toEqual([])
  for (const list of ['conditions', 'observations', 'goals'] as const) {
    expect(await statusesIn(list, inError)).toEqual(['entered-in-error'])
    expect(await statusesIn(list, { ...inError, from: '2030-01-01' })).toEqual([])
  }
  const { body } = await chart.read('records.read-summary', patientId)
  expect(body.counts).toMatchObject({ conditions: 2, observations: 1, goals: 0 })
  expect(textsOf(body.problems)).toEqual(['doubted'])
})

it('takes back what the source has taken back', async () => {
  const item = itemOf(allergy('Penicillin', 'confirmed'))
  const { patientId } = await chart.send([item])
  await chart.send([{ ...itemOf(allergy('Penicillin', 'entered-in-error')), id: item.id }], patientId)
  expect((await chart.read('records.list-allergies', patientId)).body.items).toEqual([])
  const asked = await chart.read('records.list-allergies', patientId, { status: 'entered-in-error' })
  expect(asked.body.items).toMatchObject([{ id: item.id, version: 2, verificationStatus: 'entered-in-error' }])
})
