import type { Deps } from '../deps.ts'

/** What is stored of a code: a keyed hash of its normalised form. */
export const hashCode = (deps: Pick<Deps, 'blindIndex'>, normalised: string): string =>
  deps.blindIndex('activation-code')(normalised)

/** What is stored of a birth date: says whether a date is this patient's, and nothing to who lacks the key. */
export const hashBirthDate = (deps: Pick<Deps, 'blindIndex'>, patientId: string, birthDate: string): string =>
  deps.blindIndex('patient.birth-date')(patientId.toLowerCase(), birthDate)
