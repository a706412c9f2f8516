import { z } from 'zod'
import type { patientsRoutes } from '@wellgate/shared/contracts/patients/routes'
import type { Queryable } from '@wellgate/shared/db/query'
import { platformErrors } from '@wellgate/shared/errors/platform-errors'
import { decodeCursor, encodeCursor } from '@wellgate/shared/http/cursor'
import { nameTokens } from './fold.ts'
import { isMistypedMrn, normaliseMrn } from './mrn.ts'
import { displayName, type StoredPatient } from './patient.ts'
import type { PatientRepository } from './patient-repository.ts'
import { type Criteria, matches } from './search-keys.ts'

export type Search = z.output<(typeof patientsRoutes)[1]['body']>

export interface Found {
  readonly items: readonly StoredPatient[]
  readonly next: string | null
}

const Cursor = z.object({ after: z.uuid() })

/**
 * Patients to whom everything asked for applies, by id. Pages are exact: what an index hits by coincidence is left out and
 * made up for before a page is given.
 * @throws `invalid-request` for a mistyped MRN, a name without words, a cursor that is not ours
 */
export async function searchPatients(q: Queryable, patients: PatientRepository, search: Search): Promise<Found> {
  const wanted = criteriaOf(search)
  const after = search.cursor === undefined ? null : decodeCursor(Cursor, search.cursor, 'body.cursor').after
  if (search.mrn !== undefined) return byMrn(q, patients, search.mrn, wanted)
  const { words, birthDate } = wanted
  if (words === undefined || birthDate === undefined) throw new Error('the contract asks for a name and a birth date')

  const found = await collect(q, patients, { words, birthDate }, { after, limit: search.limit + 1 })
  const items = found.slice(0, search.limit)
  const last = found.length > search.limit ? items.at(-1) : undefined
  return { items, next: last ? encodeCursor({ after: last.id }) : null }
}

/** A patient as a list of matches shows it. */
export function toMatch({ id, document }: StoredPatient) {
  return { id, mrn: document.mrn, name: displayName(document.name), birthDate: document.birthDate }
}

function criteriaOf({ name, birthDate }: Search): Partial<Criteria> {
  const words = name === undefined ? undefined : nameTokens([name])
  if (words?.length === 0) throw invalid('name', 'at least one word')
  return { ...(words ? { words } : {}), ...(birthDate === undefined ? {} : { birthDate }) }
}

async function byMrn(
  q: Queryable,
  patients: PatientRepository,
  text: string,
  wanted: Partial<Criteria>,
): Promise<Found> {
  const mrn = normaliseMrn(text)
  if (isMistypedMrn(mrn)) throw invalid('mrn', 'an MRN whose check digit fits: a digit is mistyped')
  const patient = await patients.findByMrn(q, mrn)
  return { items: patient && matches(patient.document, wanted) ? [patient] : [], next: null }
}

/** Coincidences come in dozens: few round trips, whatever the page. */
const LEAST_BATCH = 100

/** Reads on until the page is full or there is no more; a cut index gives more than was asked for. */
async function collect(
  q: Queryable,
  patients: PatientRepository,
  criteria: Criteria,
  { after, limit }: { after: string | null; limit: number },
): Promise<StoredPatient[]> {
  const found: StoredPatient[] = []
  const batch = Math.max(limit, LEAST_BATCH)
  for (let from = after; found.length < limit;) {
    const candidates = await patients.candidates(q, criteria, { after: from, limit: batch })
    found.push(...candidates.filter(({ document }) => matches(document, criteria)))
    const last = candidates.at(-1)
    if (!last || candidates.length < batch) break
    from = last.id
  }
  return found.slice(0, limit)
}

const invalid = (field: string, expected: string) =>
  platformErrors['invalid-request']({ fields: [{ field: `body.${field}`, expected }] })
