import type { Actor } from '@wellgate/shared/access/actor'
import type { ListQuery, recordsRoutes } from '@wellgate/shared/contracts/records/routes'
import type { Handlers } from '@wellgate/shared/http/handlers'
import type { Platform } from '@wellgate/shared/runtime/platform'
import { recordsErrors } from '../errors.ts'
import { isKnown } from '../patients/patient-repository.ts'
import type { ChartRepository } from './chart-repository.ts'
import type { OpenEntry } from './entry.ts'
import type { Kind } from './kinds.ts'
import { listChart } from './list-chart.ts'
import { readSummary } from './read-summary.ts'
import { allergyView } from './views/allergy.ts'
import { carePlanView } from './views/care-plan.ts'
import { conditionView } from './views/condition.ts'
import { encounterView } from './views/encounter.ts'
import { goalView } from './views/goal.ts'
import { immunizationView } from './views/immunization.ts'
import { medicationView } from './views/medication.ts'
import { observationView } from './views/observation.ts'
import { procedureView } from './views/procedure.ts'
import { reportView } from './views/report.ts'

interface ListRequest {
  readonly params: { readonly patientId: string }
  readonly query: ListQuery
  readonly actor: Actor
}

/** The routes of the service, each bound to its use case. */
export function chartHandlers(
  { pool }: Pick<Platform, 'pool'>,
  chart: ChartRepository,
): Handlers<typeof recordsRoutes> {
  /** One's own chart may be empty; for staff, a patient that nobody has heard of is not there. */
  const mustExist = async (actor: Actor, patientId: string): Promise<void> => {
    if (actor.patientId !== patientId && !(await isKnown(pool, patientId))) throw recordsErrors['not-found']()
  }
  const list =
    <T>(kind: Kind, view: (entry: OpenEntry) => T) =>
    async ({ params: { patientId }, query, actor }: ListRequest) => {
      const { entries, next } = await listChart(chart, pool, kind, patientId, query)
      // Who has an entry exists: asked only where there is none, so that a list is one query.
      if (entries.length === 0) await mustExist(actor, patientId)
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
