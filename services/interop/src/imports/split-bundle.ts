import {
  BILLING_TYPES,
  CLINICAL_TYPES,
  type BillingType,
  type ClinicalType,
} from '@wellgate/shared/contracts/interop/import-result'
import { MAX_RESOURCE_BYTES } from './check-bundle.ts'
import { canonicalJson, isObject, own, parseLossless, type JsonObject } from './lossless-json.ts'
import { performersOf } from './performers.ts'
import { findReferences, indexBundle, isBundleLocal, type BundleIndex } from './references.ts'
import { keyText, resourceOf, sourceIdOf, typeOf, type SourceKey } from './source-id.ts'

export interface SetAside {
  readonly index: number
  readonly type: string
  readonly sourceId: string | null
  readonly code: string
  readonly detail: string
}

/** A resource that goes on, before ids of ours are known. */
export interface SplitItem {
  readonly index: number
  readonly type: 'Patient' | ClinicalType | BillingType
  readonly sourceId: string
  /** JSON text with numbers as sent. */
  readonly resource: string
  /** The same for every spelling of the same resource. */
  readonly canonical: string
  readonly performers: readonly string[]
  readonly encounter: SourceKey | null
  readonly references: readonly { readonly reference: string; readonly target: SourceKey }[]
}

export interface SplitBundle {
  readonly patient: SplitItem | null
  readonly items: readonly SplitItem[]
  readonly setAside: readonly SetAside[]
}

/** Shown where a resource has no type of FHIR's. */
const NO_TYPE = 'unknown'
/** Elements that name the patient of a clinical resource: each that is there must, and one must be there. */
const SUBJECT = ['subject', 'patient'] as const
const NAMES_OTHERS = new Set(['Practitioner', 'Organization'])

type Verdict = Pick<SetAside, 'code' | 'detail'>

/**
 * Sorts the entries of a checked bundle: what goes on to patients, records and, where it runs, billing, and what is set
 * aside and why. Each entry ends in exactly one of them, and none keeps another from going on. Details name elements and
 * rules, never values.
 * @throws SyntaxError or TypeError only for a text that `checkBundle` refuses
 */
export function splitBundle(text: string, { billing = false } = {}): SplitBundle {
  const entries = own(parseLossless(text) as JsonObject, 'entry') as readonly unknown[]
  const index = indexBundle(entries)
  const seen = new Set<string>()
  const setAside: SetAside[] = []
  const items: SplitItem[] = []
  let patient: SplitItem | null = null

  entries.forEach((entry, at) => {
    const resource = resourceOf(entry)
    const type = resource && typeOf(resource)
    const sourceId = sourceIdOf(entry)
    const refuse = (verdict: Verdict): void =>
      void setAside.push({ index: at, type: type ?? NO_TYPE, sourceId: sourceId ?? null, ...verdict })

    if (!resource) return refuse(invalidId('`resource`: expected a resource'))
    if (type === undefined) return refuse(invalidId('`resourceType`: expected the name of a FHIR resource type'))
    if (!isRecord(type) && !(billing && isBilling(type))) return refuse(unsupported(type))
    if (sourceId === undefined)
      return refuse(invalidId('`id`: expected a FHIR id, or none and a `urn:uuid:` in `fullUrl`'))
    const key = keyText({ type, sourceId })
    if (seen.has(key)) return refuse({ code: 'duplicate', detail: 'An earlier entry has the same type and id' })
    seen.add(key)
    const item = itemOf(resource, { at, type, sourceId }, index)
    const verdict = judge(resource, item, index)
    if (verdict) return refuse(verdict)
    if (type === 'Patient') patient = item
    else items.push(item)
  })
  return { patient, items, setAside }
}

function itemOf(
  resource: JsonObject,
  { at, type, sourceId }: { at: number; type: SplitItem['type']; sourceId: string },
  index: BundleIndex,
): SplitItem {
  const encounter = [own(resource, 'encounter'), own(resource, 'context')].find(isObject)
  const encounterReference = encounter && own(encounter, 'reference')
  const target = typeof encounterReference === 'string' ? index.resolve(encounterReference)?.key : undefined
  const references = findReferences(resource).flatMap(({ reference }) => {
    const key = index.resolve(reference)?.key
    return key && mayLink(type, key.type) ? [{ reference, target: key }] : []
  })
  return {
    index: at,
    type,
    sourceId,
    resource: JSON.stringify(resource),
    canonical: canonicalJson(resource),
    performers: performersOf(resource, index),
    encounter: target?.type === 'Encounter' ? target : null,
    references: [...new Map(references.map((each) => [each.reference, each])).values()],
  }
}

function judge(resource: JsonObject, item: SplitItem, index: BundleIndex): Verdict | undefined {
  const most = item.type === 'Patient' ? MAX_PATIENT_BYTES : MAX_ITEM_BYTES
  if (Buffer.byteLength(item.resource) > MAX_RESOURCE_BYTES || weightOf(item) > most) {
    return { code: 'too-large', detail: `A resource may have at most ${MAX_RESOURCE_BYTES / 1024} KiB` }
  }
  if (item.type === 'Patient') return undefined
  const named = SUBJECT.filter((name) => Object.hasOwn(resource, name))
  const foreign = named.find((name) => !isThePatient(own(resource, name), index))
  if (named.length === 0 || foreign !== undefined) {
    return {
      code: 'wrong-patient',
      detail: `\`${foreign ?? 'subject'}\`: expected a reference to the Patient of this bundle`,
    }
  }
  const dangling = findReferences(resource).find(
    ({ reference }) => isBundleLocal(reference) && !index.resolve(reference),
  )
  return (
    dangling && { code: 'dangling-reference', detail: `\`${dangling.path}\`: what it refers to is not in the bundle` }
  )
}

/** A checked bundle has one Patient: a reference that leads to a Patient in it leads to that one. */
function isThePatient(value: unknown, index: BundleIndex): boolean {
  const reference = isObject(value) ? own(value, 'reference') : undefined
  const resource = typeof reference === 'string' ? index.resolve(reference)?.resource : undefined
  return resource !== undefined && typeOf(resource) === 'Patient'
}

const MAX_ITEM_BYTES = 250 * 1024
/** Without the Patient there is no import. It has an event to itself, in which a resource fits though each of its bytes be escaped. */
const MAX_PATIENT_BYTES = 450 * 1024
/** What ids, hashes and keys add to an item, and a resolved reference to its link; generous. */
const ITEM_OVERHEAD = 512
const LINK_OVERHEAD = 80

/** Bytes that an item takes in an event, or a little more: its text is escaped once again there. */
export function weightOf(item: SplitItem): number {
  const strings = JSON.stringify([item.resource, item.performers, item.references.map(({ reference }) => reference)])
  return Buffer.byteLength(strings) + ITEM_OVERHEAD + item.references.length * LINK_OVERHEAD
}

const invalidId = (detail: string): Verdict => ({ code: 'invalid-id', detail })

const unsupported = (type: string): Verdict => ({
  code: 'unsupported-type',
  detail: NAMES_OTHERS.has(type)
    ? 'Not kept as a resource: its name serves as display text of performers'
    : 'Resources of this type are not part of the record',
})

const isRecord = (type: string): type is 'Patient' | ClinicalType =>
  type === 'Patient' || (CLINICAL_TYPES as readonly string[]).includes(type)
export const isBilling = (type: string): type is BillingType => (BILLING_TYPES as readonly string[]).includes(type)

/** Records knows no bills: what it is sent is the same whether billing runs or not. */
const mayLink = (from: string, to: string): boolean => isRecord(to) || (isBilling(from) && isBilling(to))
