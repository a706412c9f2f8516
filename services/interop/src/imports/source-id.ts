import { isObject, own, type JsonObject } from './lossless-json.ts'
import { R4_TYPES } from './resource-types.ts'

/** A resource as its source names it. */
export interface SourceKey {
  readonly type: string
  readonly sourceId: string
}

/** FHIR R4 `id` (https://hl7.org/fhir/R4/datatypes.html#id); dots alone would be a path. */
const ID = /^(?!\.+$)[A-Za-z0-9\-.]{1,64}$/
const URN_UUID = /^urn:uuid:([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})$/i

/** The bundle's resource of one entry, if it has one. */
export function resourceOf(entry: unknown): JsonObject | undefined {
  const resource = isObject(entry) ? own(entry, 'resource') : undefined
  return isObject(resource) ? resource : undefined
}

/** The resource's type, if FHIR R4 has it. */
export function typeOf(resource: JsonObject): string | undefined {
  const type = own(resource, 'resourceType')
  return typeof type === 'string' && R4_TYPES.has(type) ? type : undefined
}

/**
 * What the source calls a resource: its `id`, or else the UUID of its `fullUrl`. The id comes first because some sources
 * make a new `fullUrl` for each export. Undefined where neither is usable; a wrong id is never replaced by another.
 */
export function sourceIdOf(entry: unknown): string | undefined {
  const resource = resourceOf(entry)
  const id = resource && own(resource, 'id')
  if (id !== undefined) return typeof id === 'string' && ID.test(id) ? id : undefined
  const fullUrl = fullUrlOf(entry)
  return fullUrl === undefined ? undefined : URN_UUID.exec(fullUrl)?.[1]?.toLowerCase()
}

/** The entry's `fullUrl` in the form in which references are compared. */
export function fullUrlOf(entry: unknown): string | undefined {
  const fullUrl = isObject(entry) ? own(entry, 'fullUrl') : undefined
  return typeof fullUrl === 'string' && fullUrl !== '' ? comparable(fullUrl) : undefined
}

/** References are compared without a version; URNs of UUIDs in lower case (RFC 9562). */
export function comparable(reference: string): string {
  return URN_UUID.test(reference) ? reference.toLowerCase() : reference.replace(/\/_history\/[A-Za-z0-9\-.]{1,64}$/, '')
}

/** `Type/id`, relative to the source. Undefined for every other form. */
export function relativeKey(reference: string): SourceKey | undefined {
  const [type = '', sourceId = '', ...rest] = reference.split('/')
  return rest.length === 0 && R4_TYPES.has(type) && ID.test(sourceId) ? { type, sourceId } : undefined
}

/** A key as one string, for maps. No part can hold a slash. */
export const keyText = ({ type, sourceId }: SourceKey): string => `${type}/${sourceId}`
