import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { z } from 'zod'
import * as models from '@wellgate/shared/contracts/records/models'
import type { ClinicalType } from '@wellgate/shared/contracts/interop/import-result'
import { checkResource } from '../check-resource.ts'
import { entryOf, type OpenEntry } from '../entry.ts'
import { matches } from '../list-chart.ts'
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
const concept = { coding: [{ system: 's', code: 'c', display: 'd' }], text: 't' }
const status = { coding: [{ code: 'active' }] }
const period = { start: '2020', end: '2021-01-01T00:00:00Z' }
const quantity = { value: 1, unit: 'u', code: 'u', comparator: '<' }
const reference = { reference: 'urn:1', display: 'd' }

type Json = Record<string, unknown>
type View = (entry: OpenEntry) => unknown

/** A resource of each type with every element that is shown. */
const rich: Record<ClinicalType, readonly [View, z.ZodType, Json]> = {
  Condition: [
    conditionView,
    models.Condition,
    {
      clinicalStatus: status,
      verificationStatus: status,
      severity: concept,
      code: concept,
      category: [concept],
      onsetDateTime: '2020',
      onsetPeriod: period,
      abatementDateTime: '2021',
      abatementPeriod: period,
    },
  ],
  AllergyIntolerance: [
    allergyView,
    models.Allergy,
    {
      clinicalStatus: status,
      criticality: 'low',
      code: concept,
      category: ['food'],
      recordedDate: '2020',
      reaction: [{ manifestation: [concept], severity: 'mild' }],
    },
  ],
  MedicationRequest: [
    medicationView,
    models.Medication,
    {
      status: 'active',
      intent: 'order',
      medicationReference: { reference: '#m' },
      authoredOn: '2020',
      contained: [{ id: 'm', code: concept }],
      reasonCode: [concept],
      reasonReference: [reference],
      dosageInstruction: [
        {
          timing: { repeat: { frequency: 1, period: 1, periodUnit: 'd' }, code: null },
          asNeededBoolean: true,
          doseAndRate: [{ doseQuantity: quantity, doseRange: { low: quantity, high: quantity } }],
        },
      ],
    },
  ],
  MedicationStatement: [
    medicationView,
    models.Medication,
    {
      status: 'active',
      medicationCodeableConcept: concept,
      effectivePeriod: period,
      dosage: [{ text: 'x', route: concept, asNeededCodeableConcept: concept }],
    },
  ],
  Immunization: [
    immunizationView,
    models.Immunization,
    {
      status: 'completed',
      vaccineCode: concept,
      occurrenceDateTime: '2020',
      lotNumber: 'l',
      protocolApplied: [{ doseNumberPositiveInt: 1, doseNumberString: '1' }],
    },
  ],
  Observation: [
    observationView,
    models.Observation,
    {
      status: 'final',
      category: [concept],
      code: concept,
      effectiveDateTime: '2020',
      valueQuantity: quantity,
      interpretation: [concept],
      referenceRange: [{ text: 't', low: quantity, high: quantity }],
      component: [
        { code: concept, valueCodeableConcept: concept },
        { code: concept, valueInteger: 1 },
      ],
    },
  ],
  Encounter: [
    encounterView,
    models.Encounter,
    {
      status: 'finished',
      class: { code: 'AMB' },
      type: [concept],
      period,
      reasonCode: [concept],
      serviceProvider: reference,
      location: [{ location: reference }],
    },
  ],
  Procedure: [
    procedureView,
    models.Procedure,
    { status: 'completed', code: concept, performedPeriod: period, performedDateTime: '2020', category: concept },
  ],
  DiagnosticReport: [
    reportView,
    models.Report,
    { status: 'final', code: concept, issued: '2020', conclusion: 'c', result: [reference], category: [concept] },
  ],
  CarePlan: [
    carePlanView,
    models.CarePlan,
    {
      status: 'active',
      intent: 'order',
      title: 't',
      category: [concept],
      period,
      activity: [{ detail: { code: concept, description: 'd', status: 's' }, reference }],
    },
  ],
  Goal: [
    goalView,
    models.Goal,
    {
      lifecycleStatus: 'active',
      achievementStatus: concept,
      description: concept,
      startDate: '2020',
      target: [{ measure: concept, detailQuantity: quantity, dueDate: '2020', dueDuration: quantity }],
    },
  ],
}
const types = Object.keys(rich) as ClinicalType[]

const junk = fc.oneof(
  fc.constantFrom<unknown>(
    null,
    '',
    0,
    -0,
    1e308,
    true,
    [],
    {},
    [[]],
    [null],
    'constructor',
    '__proto__',
    '2020-02-30',
  ),
  fc.jsonValue({ maxDepth: 3 }),
)
/** Replaces, at random places of a value, what is there by anything that JSON can say. */
const mutated = (value: unknown): fc.Arbitrary<unknown> =>
  fc.oneof({ weight: 12, arbitrary: inside(value) }, { weight: 1, arbitrary: junk })
function inside(value: unknown): fc.Arbitrary<unknown> {
  if (Array.isArray(value)) return fc.tuple(...value.map((each) => mutated(each)))
  if (typeof value !== 'object' || value === null) return fc.constant(value)
  return fc.record(Object.fromEntries(Object.entries(value).map(([name, each]) => [name, mutated(each)])))
}

const links = { 'urn:1': `Observation/${ID}` }
const open = (resource: Json): OpenEntry => ({
  id: ID,
  version: 1,
  source: 'hospital',
  encounterId: null,
  clinicalTime: null,
  performers: [],
  links,
  resource,
})

describe.each(types)('a view of %s', (resourceType) => {
  const [view, schema, resource] = rich[resourceType]

  it('shows what passes the check', () => {
    const json = JSON.stringify({ resourceType, ...resource })
    expect(checkResource(resourceType, json)).toMatchObject({ ok: true })
  })

  it('never throws and keeps its contract, whatever was stored', () => {
    fc.assert(
      fc.property(inside(resource), (odd) => {
        const entry = open({ resourceType, ...(odd as Json) })
        expect(schema.safeParse(view(entry)).error).toBeUndefined()
        matches(entry, { code: 'c', category: 'food' })
      }),
      { numRuns: 300 },
    )
  })

  it('can be stored whenever the check lets it pass', () => {
    fc.assert(
      fc.property(inside(resource), (odd) => {
        const text = JSON.stringify({ resourceType, ...(odd as Json) })
        const checked = checkResource(resourceType, text)
        if (!checked.ok) return
        const incoming = { type: resourceType, id: ID, sourceHash: 'h', encounterId: null, performers: [], links }
        const entry = entryOf({ ...incoming, resource: text }, checked.resource)
        expect(entry.clinicalTime === null || Number.isInteger(entry.clinicalTime)).toBe(true)
        expect(JSON.parse(entry.document)).toMatchObject({ resource: checked.resource })
      }),
      { numRuns: 100 },
    )
  })
})
