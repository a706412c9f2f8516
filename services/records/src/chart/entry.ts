import type { Coding, Part } from './fhir.ts'
import type { Kind } from './kinds.ts'

/** One resource of a chart, as it is stored: clear columns, and a document that is sealed. */
export interface Entry {
  readonly kind: Kind
  readonly id: string
  readonly encounterId: string | null
  readonly sourceHash: string
  readonly status: string | null
  readonly clinicalTime: Date | null
  readonly categories: readonly string[]
  readonly codes: readonly Coding[]
  /** The document's JSON text: the resource to the letter as received, and what was resolved around it. */
  readonly document: string
}

/** A stored resource, opened. */
export interface OpenEntry {
  readonly id: string
  readonly version: number
  readonly source: string
  readonly encounterId: string | null
  readonly sortTime: string
  readonly resource: Part
  readonly performers: readonly string[]
  /** Reference as written -> `Type/our-id`. */
  readonly links: Readonly<Record<string, string>>
}

/** The sealed document. The resource stays the text that was received: its decimals are not ours to round. */
export function documentOf(
  resource: string,
  performers: readonly string[],
  links: Readonly<Record<string, string>>,
): string {
  return `{"resource":${resource},"performers":${JSON.stringify(performers)},"links":${JSON.stringify(links)}}`
}
