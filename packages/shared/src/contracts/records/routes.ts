import { z } from 'zod'
import { PatientRef } from '../ids.ts'
import { inOrder } from '../in-order.ts'
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

const access = { kind: 'patient', roles: ['clinician'] } as const
const params = z.object({ patientId: PatientRef })

const time = z.union([z.iso.date(), z.iso.datetime({ offset: true })])

/** Filters that every list of the chart has. `from` is inclusive, `to` exclusive; a partial clinical time counts as its beginning. */
export const ListQuery = z
  .strictObject({
    status: z.string().max(64).optional(),
    category: z.string().max(64).optional(),
    code: z.string().max(100).optional().describe('A code, or `system|code`'),
    from: time.optional(),
    to: time.optional(),
    limit: z.coerce.number().int().min(1).max(100).default(20),
    cursor: z.string().max(500).optional(),
  })
  .refine(...inOrder('from', 'to', 'not after'))
export type ListQuery = z.infer<typeof ListQuery>

const list = <const Id extends `records.${string}`, const P extends string, S extends z.ZodType>(
  id: Id,
  path: P,
  what: string,
  item: S,
) =>
  route({
    id,
    method: 'GET',
    path: `/v1/patients/:patientId/${path}`,
    summary: `The ${what} of a patient, newest clinical time first.`,
    access,
    action: 'read',
    params,
    query: ListQuery,
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
  list('records.list-conditions', 'conditions', 'problems', Condition),
  list('records.list-allergies', 'allergies', 'allergies', Allergy),
  list('records.list-medications', 'medications', 'medications', Medication),
  list('records.list-immunizations', 'immunizations', 'immunizations', Immunization),
  list('records.list-observations', 'observations', 'observations', Observation),
  list('records.list-encounters', 'encounters', 'encounters', Encounter),
  list('records.list-procedures', 'procedures', 'procedures', Procedure),
  list('records.list-reports', 'reports', 'diagnostic reports', Report),
  list('records.list-care-plans', 'care-plans', 'care plans', CarePlan),
  list('records.list-goals', 'goals', 'goals', Goal),
] as const
