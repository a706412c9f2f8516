import type { ClinicalType } from '@wellgate/shared/contracts/interop/import-result'
import { categoriesOf, clinicalTimeOf, codesOf, ANATOMY } from './facts.ts'
import { beginningOf } from './fhir-time.ts'
import type { Coding, Part } from './fhir.ts'
import { KIND_OF, type Kind } from './kinds.ts'

/** One resource of a chart, as it is stored: clear columns, and a document that is sealed. */
export interface Entry {
  readonly kind: Kind
  readonly id: string
  readonly encounterId: string | null
  /** Null of what was not imported. */
  readonly sourceHash: string | null
  readonly status: string | null
  /** Milliseconds since 1970; a partial date counts as its beginning. */
  readonly clinicalTime: number | null
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
  readonly clinicalTime: number | null
  readonly resource: Part
  readonly performers: readonly string[]
  /** Reference as written -> `Type/our-id`. */
  readonly links: Readonly<Record<string, string>>
}

/** A resource on its way in, with what interop resolved around it. */
export interface Incoming {
  readonly type: ClinicalType
  readonly id: string
  readonly sourceHash: string | null
  readonly encounterId: string | null
  /** JSON text as received. */
  readonly resource: string
  readonly performers: readonly string[]
  readonly links: Readonly<Record<string, string>>
}

/** What is stored of a resource that was checked; `resource` is its text, parsed. */
export function entryOf({ type, id, sourceHash, encounterId, ...incoming }: Incoming, resource: Part): Entry {
  const time = clinicalTimeOf(type, resource)
  return {
    kind: KIND_OF[type],
    id,
    encounterId,
    sourceHash,
    status: ANATOMY[type].status(resource),
    clinicalTime: time === null ? null : beginningOf(time),
    categories: categoriesOf(resource),
    codes: codesOf(type, resource),
    document: documentOf(incoming),
  }
}

/** The sealed document. The resource stays the text that was received: its decimals are not ours to round. */
function documentOf({ resource, performers, links }: Pick<Incoming, 'resource' | 'performers' | 'links'>): string {
  return `{"resource":${resource},"performers":${JSON.stringify(performers)},"links":${JSON.stringify(links)}}`
}
