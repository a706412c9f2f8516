import type { Summary } from '@wellgate/shared/contracts/records/models'
import type { Queryable } from '@wellgate/shared/db/query'
import type { z } from 'zod'
import type { ChartRepository, Filter } from './chart-repository.ts'
import type { OpenEntry } from './entry.ts'
import type { Kind } from './kinds.ts'
import { encounterView, medicationView } from './views/care.ts'
import { observationView } from './views/observation.ts'
import { allergyView, conditionView, immunizationView } from './views/problems.ts'

/** How much of each list the summary shows; a list itself shows all. */
const MOST = { problems: 50, allergies: 50, medications: 50, immunizations: 10, results: 10, encounters: 5 }
/** The latest of each vital sign is looked for among this many. */
const VITALS_SEEN = 100

/** The chart at a glance: eight queries at once, one unseal a row. */
export async function readSummary(
  chart: ChartRepository,
  q: Queryable,
  patientId: string,
): Promise<z.input<typeof Summary>> {
  const latest = (kind: Kind, filter: Filter, limit: number): Promise<OpenEntry[]> =>
    chart.list(q, kind, patientId, filter, null, limit)
  const [counts, problems, allergies, medications, immunizations, vitals, results, encounters] = await Promise.all([
    chart.counts(q, patientId),
    latest('condition', { status: 'active' }, MOST.problems),
    latest('allergy', {}, MOST.allergies),
    latest('medication', { status: 'active' }, MOST.medications),
    latest('immunization', {}, MOST.immunizations),
    latest('observation', { category: 'vital-signs' }, VITALS_SEEN),
    latest('observation', { category: 'laboratory' }, MOST.results),
    latest('encounter', {}, MOST.encounters),
  ])
  return {
    patientId,
    counts: namesOf(counts),
    problems: problems.map(conditionView),
    allergies: allergies.map(allergyView),
    medications: medications.map(medicationView),
    immunizations: immunizations.map(immunizationView),
    vitals: latestOfEach(vitals.map(observationView)),
    results: results.map(observationView),
    encounters: encounters.map(encounterView),
  }
}

/** The first of each code in a list that is newest first. */
function latestOfEach<T extends { code: { text: string } }>(items: readonly T[]): T[] {
  return [...new Map(items.toReversed().map((item) => [item.code.text, item])).values()].toReversed()
}

/** Counts by the names of the lists in the API. */
function namesOf(counts: Readonly<Record<Kind, number>>): Record<string, number> {
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
