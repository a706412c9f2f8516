import { isObject, own, type JsonObject } from './lossless-json.ts'
import {
  comparable,
  fullUrlOf,
  keyText,
  relativeKey,
  resourceOf,
  sourceIdOf,
  typeOf,
  type SourceKey,
} from './source-id.ts'

/** One reference in a resource: where it is, as written, and the object that holds it. */
export interface FoundReference {
  readonly path: string
  readonly reference: string
}

/** What a reference leads to: a resource of the bundle, or by its relative name one that the source has sent before. */
export interface Target {
  readonly key: SourceKey | undefined
  readonly resource: JsonObject | undefined
}

export interface BundleIndex {
  /** Undefined for what is neither in the bundle nor a relative name. */
  resolve(reference: string): Target | undefined
}

/** Finds resources of a bundle by `fullUrl` and by `Type/id`; of two with the same name the first counts. */
export function indexBundle(entries: readonly unknown[]): BundleIndex {
  const known = new Map<string, Target>()
  const remember = (name: string, target: Target): void => void (known.has(name) || known.set(name, target))
  for (const entry of entries) {
    const resource = resourceOf(entry)
    const type = resource && typeOf(resource)
    if (!resource || type === undefined) continue
    const sourceId = sourceIdOf(entry)
    const target = { resource, key: sourceId === undefined ? undefined : { type, sourceId } }
    const fullUrl = fullUrlOf(entry)
    if (fullUrl !== undefined) remember(fullUrl, target)
    if (target.key) remember(keyText(target.key), target)
    // Without a fullUrl some senders still refer by URN.
    if (fullUrl === undefined && sourceId !== undefined) remember(comparable(`urn:uuid:${sourceId}`), target)
  }
  return {
    resolve(reference) {
      const name = comparable(reference)
      const key = relativeKey(name)
      return known.get(name) ?? (key && { key, resource: undefined })
    },
  }
}

/** Every reference in a resource, in the order of the document. */
export function findReferences(resource: JsonObject): FoundReference[] {
  const found: FoundReference[] = []
  const walk = (value: unknown, path: string): void => {
    if (Array.isArray(value)) return value.forEach((item, index) => walk(item, `${path}[${index}]`))
    if (!isObject(value)) return
    const reference = own(value, 'reference')
    if (typeof reference === 'string') found.push({ path, reference })
    for (const [name, member] of Object.entries(value))
      walk(member, path === '' ? safeName(name) : `${path}.${safeName(name)}`)
  }
  walk(resource, '')
  return found
}

/** Whether a reference can only mean a resource of its own bundle (https://hl7.org/fhir/R4/bundle.html#references). */
export const isBundleLocal = (reference: string): boolean => /^urn:/i.test(reference)

/** Paths are shown: a key that is no element name may be anything. */
const safeName = (name: string): string => (/^[A-Za-z]{1,40}$/.test(name) ? name : '?')
