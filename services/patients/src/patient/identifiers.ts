import { LOCAL, type StoredPatient } from './patient.ts'
import type { SearchKeys } from './search-keys.ts'

/** The system of identifiers that were received without one. */
export const UNKNOWN_SYSTEM = 'urn:unknown'

/**
 * Systems whose values two patients registered here may share: numbers of nobody knows what, and social security
 * numbers, which are often mistyped, borrowed or made up (`999-99-9999`). Any other system names a person once.
 */
const SHARED_SYSTEMS: ReadonlySet<string> = new Set([
  UNKNOWN_SYSTEM,
  'http://hl7.org/fhir/sid/us-ssn',
  'urn:oid:2.16.840.1.113883.4.1',
])

export interface IdentifierIndex {
  readonly index: string
  /** No other patient may have it as exclusive. */
  readonly exclusive: boolean
}

/**
 * Index values of the different identifiers of a patient. What another source says is a claim and never exclusive: the
 * same person may come from two sources, and from our own front desk besides.
 */
export function identifierIndexes(
  keys: SearchKeys,
  { source, document }: Pick<StoredPatient, 'source' | 'document'>,
): IdentifierIndex[] {
  const byIndex = new Map(
    document.identifiers.map(({ system, value }) => [
      keys.identifier(system, value),
      source === LOCAL && !SHARED_SYSTEMS.has(system),
    ]),
  )
  return [...byIndex].map(([index, exclusive]) => ({ index, exclusive }))
}
