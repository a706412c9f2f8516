import type { BundleIndex } from './references.ts'
import { isObject, own, type JsonObject } from './lossless-json.ts'
import { typeOf } from './source-id.ts'

/** Elements of the imported types that say who did, ordered or recorded something, most telling first (FHIR R4). */
const WHO = [
  'performer',
  'requester',
  'author',
  'participant',
  'resultsInterpreter',
  'informationSource',
  'recorder',
  'asserter',
  'expressedBy',
  'contributor',
  'serviceProvider',
  'provider',
] as const
/** Where such an element is not the reference itself: Procedure.performer.actor, Encounter.participant.individual. */
const INNER = ['actor', 'individual', 'onBehalfOf'] as const

/** Display text of everyone a resource names as doing it: from the bundle where it is there, else as the reference says. */
export function performersOf(resource: JsonObject, index: BundleIndex): string[] {
  const texts = WHO.flatMap((name) => listOf(own(resource, name)))
    .flatMap((who) => [who, ...INNER.map((inner) => own(who, inner)).filter(isObject)])
    .map((reference) => displayOf(reference, index))
  return [...new Set(texts.filter((text) => text !== ''))]
}

function displayOf(reference: JsonObject, index: BundleIndex, hops = 1): string {
  const target = own(reference, 'reference')
  const resource = typeof target === 'string' ? index.resolve(target)?.resource : undefined
  return (resource && nameOf(resource, index, hops)) || textOf(own(reference, 'display'))
}

function nameOf(resource: JsonObject, index: BundleIndex, hops: number): string {
  switch (typeOf(resource)) {
    case 'Practitioner':
    case 'Patient':
    case 'RelatedPerson':
      return humanName(listOf(own(resource, 'name'))[0])
    case 'Organization':
    case 'CareTeam':
      return textOf(own(resource, 'name'))
    case 'PractitionerRole': {
      const practitioner = own(resource, 'practitioner')
      return hops > 0 && isObject(practitioner) ? displayOf(practitioner, index, hops - 1) : ''
    }
    default:
      return ''
  }
}

/** `Dr. June Kassulke`: a name's own text, or prefix, given, family, suffix. */
function humanName(name: JsonObject | undefined): string {
  if (!name) return ''
  const parts = ['prefix', 'given', 'family', 'suffix'].flatMap((part) => [own(name, part)].flat().map(textOf))
  return textOf(own(name, 'text')) || parts.filter((part) => part !== '').join(' ')
}

const MAX_TEXT = 500

const textOf = (value: unknown): string => (typeof value === 'string' ? value.trim().slice(0, MAX_TEXT) : '')
const listOf = (value: unknown): JsonObject[] => [value].flat().filter(isObject)
