import { CLINICAL_TYPES, type ClinicalType } from '@wellgate/shared/contracts/interop/import-result'
import { codeOf, codingsOf, isPart, part, parts, text, type Coding, type Part } from './fhir.ts'

/** Where each type of resource keeps what the chart sorts and filters by. */
interface Anatomy {
  readonly status: (resource: Part) => string | null
  /** Tried in order. */
  readonly times: readonly string[]
  /** The element that names the thing. */
  readonly code: (resource: Part) => unknown
  /** All elements that it is found by, where there are more. */
  readonly codes?: (resource: Part) => readonly unknown[]
}

const field = (name: string) => (resource: Part) => text(resource[name])
const value = (name: string) => (resource: Part) => resource[name]

/** A clinical status is absent from what was entered in error (https://hl7.org/fhir/R4/condition.html, con-5). */
const clinicalStatus = (resource: Part): string | null =>
  codeOf(resource['verificationStatus']) === 'entered-in-error'
    ? 'entered-in-error'
    : codeOf(resource['clinicalStatus'])

/** The medication: coded, contained in the resource, or as the reference displays it. */
function medication(resource: Part): unknown {
  if (isPart(resource['medicationCodeableConcept'])) return resource['medicationCodeableConcept']
  const { reference, display } = part(resource['medicationReference'])
  const contained = parts(resource['contained']).find(({ id }) => text(id) !== null && reference === `#${text(id)}`)
  return isPart(contained?.['code']) ? contained['code'] : { text: text(display) }
}

const encounterTypes = (resource: Part): unknown[] => {
  const types = parts(resource['type'])
  return types.length > 0 ? types : [{ coding: [part(resource['class'])] }]
}

const ONSET = ['onsetDateTime', 'onsetPeriod.start', 'recordedDate']
const EFFECTIVE = ['effectiveDateTime', 'effectivePeriod.start', 'effectiveInstant', 'issued']

export const ANATOMY: Readonly<Record<ClinicalType, Anatomy>> = {
  Condition: { status: clinicalStatus, times: ONSET, code: value('code') },
  AllergyIntolerance: { status: clinicalStatus, times: ONSET, code: value('code') },
  MedicationRequest: { status: field('status'), times: ['authoredOn'], code: medication },
  MedicationStatement: {
    status: field('status'),
    times: ['effectiveDateTime', 'effectivePeriod.start', 'dateAsserted'],
    code: medication,
  },
  Immunization: { status: field('status'), times: ['occurrenceDateTime', 'recorded'], code: value('vaccineCode') },
  Observation: { status: field('status'), times: EFFECTIVE, code: value('code') },
  Encounter: {
    status: field('status'),
    times: ['period.start'],
    code: (resource) => encounterTypes(resource)[0],
    codes: encounterTypes,
  },
  Procedure: {
    status: field('status'),
    times: ['performedDateTime', 'performedPeriod.start'],
    code: value('code'),
  },
  DiagnosticReport: { status: field('status'), times: EFFECTIVE, code: value('code') },
  CarePlan: {
    status: field('status'),
    times: ['period.start', 'created'],
    code: (resource) => parts(resource['category'])[0],
    codes: (resource) => parts(resource['category']),
  },
  Goal: { status: field('lifecycleStatus'), times: ['startDate', 'statusDate'], code: value('description') },
}

/** The type of a resource, where the chart has a list for it. */
export function typeOf(resource: Part): ClinicalType | undefined {
  return CLINICAL_TYPES.find((type) => type === resource['resourceType'])
}

/** The time that sorts a resource, as sent: the first of its type's times that is there. */
export function clinicalTimeOf(type: ClinicalType, resource: Part): string | null {
  for (const path of ANATOMY[type].times) {
    const found = text(path.split('.').reduce<unknown>((inner, name) => part(inner)[name], resource))
    if (found !== null) return found
  }
  return null
}

/** Category codes: of concepts, one or many, or plain codes (allergies); an encounter's class counts as one. */
export function categoriesOf(resource: Part): string[] {
  const { category } = resource
  const listed = Array.isArray(category) ? (category as unknown[]) : [category]
  const codes = listed.flatMap((each) => text(each) ?? codingsOf(each).flatMap(({ code }) => code ?? []))
  const own = resource['resourceType'] === 'Encounter' ? text(part(resource['class'])['code']) : null
  return [...new Set([...codes, ...(own === null ? [] : [own])])]
}

/** The codings that a resource is found by. */
export function codesOf(type: ClinicalType, resource: Part): Coding[] {
  const { code, codes } = ANATOMY[type]
  return (codes?.(resource) ?? [code(resource)]).flatMap((concept) => codingsOf(concept))
}

/**
 * Categories that say what sort of entry it is and nothing of the patient: these may stand in a clear column.
 * Others (a care plan's may name the illness) are found by a blind index only.
 * http://terminology.hl7.org/CodeSystem/{observation-category,condition-category,v2-0074,allergy-intolerance-category}
 */
export const CLEAR_CATEGORIES: ReadonlySet<string> = new Set(
  [
    'vital-signs laboratory imaging procedure survey exam therapy activity social-history',
    'problem-list-item encounter-diagnosis health-concern LAB RAD PAT CH HM MB',
    'food medication environment biologic inpatient outpatient community discharge',
  ].flatMap((words) => words.split(' ')),
)
