import type { BlindIndex } from '@wellgate/shared/crypto/blind-index'
import { nameTokens } from './fold.ts'
import type { PatientDocument } from './patient.ts'
import { searchableNames } from './patient.ts'

/** The blind indexes under which patients are found. None of them is over a name or a birth date alone. */
export interface SearchKeys {
  /** Whole: a lookup by MRN hits one row. */
  readonly mrn: BlindIndex
  /** Whole, of system and value: unique where a system names each person once. */
  readonly identifier: BlindIndex
  /** Cut, of one word of a name and the birth date: hits are opened and compared. */
  readonly word: BlindIndex
}

/**
 * For a million patients 10 to 18 bits hide enough and cost little (security.md, "Blind indexes"): at 16, a word hits about
 * 45 other patients by coincidence for each reading of the birth date, and two words together almost none. Plan again beyond ten million.
 */
export const WORD_INDEX_BITS = 16

/** Makes the indexes of this service; `label` binds each to its own key. */
export function createSearchKeys(
  blindIndex: (label: string, bits?: number) => BlindIndex,
  wordBits = WORD_INDEX_BITS,
): SearchKeys {
  return {
    mrn: blindIndex('patient.mrn'),
    identifier: blindIndex('patient.identifier'),
    word: blindIndex('patient.name-word-and-birth-date', wordBits),
  }
}

/** Index values of every word of the patient's names with the birth date. */
export function wordIndexes(keys: SearchKeys, document: PatientDocument): string[] {
  const words = nameTokens(searchableNames(document))
  return [...new Set(words.map((word) => keys.word(word, document.birthDate)))]
}

/** What somebody looks for: every word, and a full birth date. */
export interface Criteria {
  readonly words: readonly string[]
  readonly birthDate: string
}

/**
 * Index values to look for, with the reading of the birth date each belongs to: a patient of whom only the year or the
 * month is known is found by any date within it.
 */
export function criteriaIndexes(
  keys: SearchKeys,
  { words, birthDate }: Criteria,
): { index: string; reading: number }[] {
  const readings = [birthDate, birthDate.slice(0, 7), birthDate.slice(0, 4)]
  return readings.flatMap((date, reading) => words.map((word) => ({ index: keys.word(word, date), reading })))
}

/** Whether the opened patient is what was looked for: what the index promised by coincidence is not. */
export function matches(document: PatientDocument, { words, birthDate }: Partial<Criteria>): boolean {
  if (birthDate !== undefined && !birthDate.startsWith(document.birthDate)) return false
  if (words === undefined) return true
  const known = new Set(nameTokens(searchableNames(document)))
  return words.every((word) => known.has(word))
}
