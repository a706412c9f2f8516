import { z } from 'zod'
import { PatientRef } from '../ids.ts'
import { inOrder } from '../in-order.ts'
import type { ClinicalType } from '../interop/import-result.ts'
import { route } from '../route.ts'
import {
  Allergy,
  CarePlan,
  Condition,
  Encounter,
  Goal,
  Immunization,
  Medication,
  Observation,
  Procedure,
  Report,
  Summary,
} from './models.ts'
import { ENTERED_IN_ERROR, STATUSES } from './statuses.ts'

const access = { kind: 'patient', roles: ['clinician'] } as const
const params = z.object({ patientId: PatientRef })

const time = z.union([z.iso.date(), z.iso.datetime({ offset: true })])

/** A status that something of the types may have. */
const statusOf = (types: readonly ClinicalType[]) =>
  z.enum([...new Set(types.flatMap((type): readonly string[] => STATUSES[type])), ENTERED_IN_ERROR])

/** Filters that every list of the chart has. */
const listQuery = (types: readonly ClinicalType[]) =>
  z
    .strictObject({
      status: statusOf(types).optional().describe('By default all but what was entered in error'),
      category: z.string().max(64).optional().describe('A category’s code; of encounters also the class'),
      code: z.string().max(100).optional().describe('A code, or `system|code`'),
      from: time.optional().describe('Inclusive; a partial clinical time counts as its beginning'),
      to: time.optional().describe('Exclusive'),
      limit: z.coerce.number().int().min(1).max(100).default(20),
      cursor: z.string().max(500).optional(),
    })
    .refine(...inOrder('from', 'to', 'not after'))
export type ListQuery = z.infer<ReturnType<typeof listQuery>>

const list = <const Id extends `records.${string}`, const P extends string, S extends z.ZodType>(
  id: Id,
  path: P,
  what: string,
  item: S,
  ...types: readonly ClinicalType[]
) =>
  route({
    id,
    method: 'GET',
    path: `/v1/patients/:patientId/${path}`,
    summary: `The ${what} of a patient, newest clinical time first.`,
    access,
    action: 'read',
    params,
    query: listQuery(types),
    answers: { 200: z.object({ items: z.array(item), next: z.string().nullable() }) },
  })

export const recordsRoutes = [
  route({
    id: 'records.read-summary',
    method: 'GET',
    path: '/v1/patients/:patientId/summary',
    summary: 'The chart at a glance: active problems, allergies, medications, latest vitals and results.',
    access,
    action: 'read',
    params,
    answers: { 200: Summary },
  }),
  list('records.list-conditions', 'conditions', 'problems', Condition, 'Condition'),
  list('records.list-allergies', 'allergies', 'allergies', Allergy, 'AllergyIntolerance'),
  list(
    'records.list-medications',
    'medications',
    'medications',
    Medication,
    'MedicationRequest',
    'MedicationStatement',
  ),
  list('records.list-immunizations', 'immunizations', 'immunizations', Immunization, 'Immunization'),
  list('records.list-observations', 'observations', 'observations', Observation, 'Observation'),
  list('records.list-encounters', 'encounters', 'encounters', Encounter, 'Encounter'),
  list('records.list-procedures', 'procedures', 'procedures', Procedure, 'Procedure'),
  list('records.list-reports', 'reports', 'diagnostic reports', Report, 'DiagnosticReport'),
  list('records.list-care-plans', 'care-plans', 'care plans', CarePlan, 'CarePlan'),
  list('records.list-goals', 'goals', 'goals', Goal, 'Goal'),
] as const
