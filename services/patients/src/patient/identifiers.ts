import type { Identifier } from '@wellgate/shared/contracts/patients/models'
import type { SearchKeys } from './search-keys.ts'

/** The system of identifiers that were received without one. */
export const UNKNOWN_SYSTEM = 'urn:unknown'

/**
 * Systems whose values may be shared by two patients here: numbers of nobody knows what, and social security numbers,
 * which are often mistyped, borrowed or made up (`999-99-9999`). Any other system is trusted to name a person once.
 */
const SHARED_SYSTEMS: ReadonlySet<string> = new Set([
  UNKNOWN_SYSTEM,
  'http://hl7.org/fhir/sid/us-ssn',
  'urn:oid:2.16.840.1.113883.4.1',
])

export interface IdentifierIndex {
  readonly index: string
  /** No other patient may have it. */
  readonly exclusive: boolean
}

/** Index values of the different identifiers of a patient. */
export function identifierIndexes(keys: SearchKeys, identifiers: readonly Identifier[]): IdentifierIndex[] {
  const byIndex = new Map(
    identifiers.map(({ system, value }) => [keys.identifier(system, value), !SHARED_SYSTEMS.has(system)] as const),
  )
  return [...byIndex].map(([index, exclusive]) => ({ index, exclusive }))
}
