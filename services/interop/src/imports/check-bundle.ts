import type { FieldError } from '@wellgate/shared/errors/problem'
import { errors } from '../errors.ts'
import { findJsonError } from './json-position.ts'
import { depthOf, isObject, own, type JsonObject } from './lossless-json.ts'
import { resourceOf, sourceIdOf, typeOf } from './source-id.ts'

/** Deeper than any resource of FHIR, and far from where recursive readers fail (about 2,000). */
export const MAX_DEPTH = 500
/** Largest resource that fits an event, in bytes of JSON. */
export const MAX_RESOURCE_BYTES = 200 * 1024
/**
 * Twice what hospitals send in 32 MiB (an entry of theirs has 1.2 KiB and more). A bundle is split in memory, and each entry
 * takes its own: several times as many do not fit a process of 768 MiB, which would be ended by each try.
 */
export const MAX_ENTRIES = 50_000

/**
 * The bundle's text, and the source's id of its one patient.
 * @throws `not-json` with the position, `invalid-bundle` with the fields; neither quotes the body
 */
export function checkBundle(body: Uint8Array): { text: string; patientSourceId: string } {
  const text = decode(body)
  const bundle = parse(text)
  if (depthOf(text) > MAX_DEPTH) throw invalid({ field: 'body', expected: `at most ${MAX_DEPTH} levels of nesting` })
  if (!isObject(bundle)) throw invalid({ field: 'body', expected: 'an object: a FHIR Bundle' })
  const wrong = wrongFields(bundle)
  if (wrong.length > 0) throw invalid(...wrong)
  return { text, patientSourceId: patientSourceIdOf(own(bundle, 'entry') as readonly unknown[]) }
}

function decode(body: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(body)
  } catch {
    throw notJson('The body is not UTF-8, as JSON must be.')
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    const at = findJsonError(text)
    const where = at ? ` (line ${at.line}, column ${at.column}, offset ${at.offset})` : ''
    throw notJson(`The body is not JSON: it goes wrong at character ${at?.offset ?? 0}${where}.`)
  }
}

function wrongFields(bundle: JsonObject): FieldError[] {
  const wrong: FieldError[] = []
  const entry = own(bundle, 'entry')
  if (own(bundle, 'resourceType') !== 'Bundle') return [{ field: 'resourceType', expected: '`Bundle`' }]
  if (!['transaction', 'collection'].includes(String(own(bundle, 'type')))) {
    wrong.push({ field: 'type', expected: '`transaction` or `collection`' })
  }
  if (!Array.isArray(entry) || entry.length === 0)
    wrong.push({ field: 'entry', expected: 'a list of at least one entry' })
  else if (entry.length > MAX_ENTRIES) wrong.push({ field: 'entry', expected: `at most ${MAX_ENTRIES} entries` })
  return wrong
}

function patientSourceIdOf(entries: readonly unknown[]): string {
  const patients = entries.flatMap((entry, index) => {
    const resource = resourceOf(entry)
    return resource && typeOf(resource) === 'Patient' ? [{ entry, index, resource }] : []
  })
  const [patient] = patients
  if (!patient || patients.length > 1) {
    throw invalid({ field: 'entry', expected: `exactly one Patient; there are ${patients.length}` })
  }
  const field = `entry[${patient.index}].resource`
  const sourceId = sourceIdOf(patient.entry)
  if (sourceId === undefined) {
    throw invalid({ field: `${field}.id`, expected: 'a FHIR id, or none and a `urn:uuid:` in `fullUrl`' })
  }
  if (Buffer.byteLength(JSON.stringify(patient.resource)) > MAX_RESOURCE_BYTES) {
    throw invalid({ field, expected: `at most ${MAX_RESOURCE_BYTES / 1024} KiB` })
  }
  return sourceId
}

const invalid = (...fields: FieldError[]) => errors['invalid-bundle']({ fields })

const notJson = (detail: string) => errors['not-json']({ detail, fields: [{ field: 'body', expected: 'valid JSON' }] })
