import type { Actor } from '@wellgate/shared/access/actor'
import type { recordsRoutes } from '@wellgate/shared/contracts/records/routes'
import type { ListQuery } from '@wellgate/shared/contracts/records/routes'
import type { Handlers } from '@wellgate/shared/http/handlers'
import type { Platform } from '@wellgate/shared/runtime/platform'
import { recordsErrors } from '../errors.ts'
import { isKnown } from '../patients/patient-repository.ts'
import type { ChartRepository } from './chart-repository.ts'
import type { OpenEntry } from './entry.ts'
import type { Kind } from './kinds.ts'
import { listChart } from './list-chart.ts'
import { readSummary } from './read-summary.ts'
import { carePlanView, encounterView, medicationView, procedureView, reportView } from './views/care.ts'
import { observationView } from './views/observation.ts'
import { allergyView, conditionView, goalView, immunizationView } from './views/problems.ts'

interface ListRequest {
  readonly params: { readonly patientId: string }
  readonly query: ListQuery
  readonly actor: Actor
}

export function chartHandlers(
  { pool }: Pick<Platform, 'pool'>,
  chart: ChartRepository,
): Handlers<typeof recordsRoutes> {
  /** One's own record may be empty; for staff, a patient that nobody has heard of is not there. */
  const mustExist = async (actor: Actor, patientId: string): Promise<void> => {
    if (actor.patientId !== patientId && !(await isKnown(pool, patientId))) throw recordsErrors['not-found']()
  }
  const list =
    <T>(kind: Kind, view: (entry: OpenEntry) => T) =>
    async ({ params: { patientId }, query, actor }: ListRequest) => {
      await mustExist(actor, patientId)
      const { entries, next } = await listChart(chart, pool, kind, patientId, query)
      return { status: 200 as const, body: { items: entries.map(view), next } }
    }
  return {
    'records.read-summary': async ({ params: { patientId }, actor }) => {
      await mustExist(actor, patientId)
      return { status: 200, body: await readSummary(chart, pool, patientId) }
    },
    'records.list-conditions': list('condition', conditionView),
    'records.list-allergies': list('allergy', allergyView),
    'records.list-medications': list('medication', medicationView),
    'records.list-immunizations': list('immunization', immunizationView),
    'records.list-observations': list('observation', observationView),
    'records.list-encounters': list('encounter', encounterView),
    'records.list-procedures': list('procedure', procedureView),
    'records.list-reports': list('report', reportView),
    'records.list-care-plans': list('care_plan', carePlanView),
    'records.list-goals': list('goal', goalView),
  }
}
