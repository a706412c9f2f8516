import type { z } from 'zod'
import type { Summary } from '@wellgate/shared/contracts/records/models'
import type { Queryable } from '@wellgate/shared/db/query'
import type { ChartRepository } from './chart-repository.ts'
import type { Kind } from './kinds.ts'
import { allergyView } from './views/allergy.ts'
import { conditionView } from './views/condition.ts'
import { encounterView } from './views/encounter.ts'
import { immunizationView } from './views/immunization.ts'
import { medicationView } from './views/medication.ts'
import { observationView } from './views/observation.ts'

/**
 * The chart at a glance: two queries at once, one unseal a row. What was entered in error or refuted is left to the lists,
 * which say so.
 */
export async function readSummary(
  chart: ChartRepository,
  q: Queryable,
  patientId: string,
): Promise<z.input<typeof Summary>> {
  const [counts, entriesOf] = await Promise.all([chart.counts(q, patientId), chart.summary(q, patientId)])
  return {
    patientId,
    counts: byListName(counts),
    problems: entriesOf('problems').map(conditionView).filter(isHeld),
    allergies: entriesOf('allergies').map(allergyView).filter(isHeld),
    medications: entriesOf('medications')
      .map(medicationView)
      .filter(({ doNotPerform }) => !doNotPerform),
    immunizations: entriesOf('immunizations').map(immunizationView),
    vitals: entriesOf('vitals').map(observationView),
    results: entriesOf('results').map(observationView),
    encounters: entriesOf('encounters').map(encounterView),
  }
}

const isHeld = ({ verificationStatus }: { verificationStatus: string | null }): boolean =>
  verificationStatus !== 'refuted' && verificationStatus !== 'entered-in-error'

/** Counts by the names that the lists have in the API. */
function byListName(counts: Readonly<Record<Kind, number>>): Record<string, number> {
  return {
    conditions: counts.condition,
    allergies: counts.allergy,
    medications: counts.medication,
    immunizations: counts.immunization,
    observations: counts.observation,
    encounters: counts.encounter,
    procedures: counts.procedure,
    reports: counts.report,
    'care-plans': counts.care_plan,
    goals: counts.goal,
  }
}
