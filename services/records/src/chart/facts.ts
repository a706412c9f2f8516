import type { ClinicalType } from '@wellgate/shared/contracts/interop/import-result'
import { codeOf, codingsOf, part, parts, text, type Coding, type Part } from './fhir.ts'

/** Where each type of resource keeps what the chart sorts and filters by. Paths are tried in order. */
interface Anatomy {
  readonly status: (resource: Part) => string | null
  /** Codes that the status may have: the required bindings of FHIR R4. */
  readonly statuses: readonly string[]
  /** Without a status the resource is not valid FHIR. */
  readonly statusRequired: boolean
  readonly times: readonly string[]
  readonly code: (resource: Part) => unknown
  readonly codeRequired: boolean
}

const field = (name: string) => (resource: Part) => text(resource[name])
const conceptCode = (name: string) => (resource: Part) => codeOf(resource[name])
const value = (name: string) => (resource: Part) => resource[name]

const CLINICAL = ['active', 'recurrence', 'relapse', 'inactive', 'remission', 'resolved']
const EVENT = [
  'preparation',
  'in-progress',
  'not-done',
  'on-hold',
  'stopped',
  'completed',
  'entered-in-error',
  'unknown',
]
const REQUEST = [
  'active',
  'on-hold',
  'cancelled',
  'completed',
  'entered-in-error',
  'stopped',
  'draft',
  'unknown',
  'revoked',
]
const RESULT = ['registered', 'partial', 'preliminary', 'final', 'amended', 'corrected', 'appended', 'cancelled']
const medication = (resource: Part): unknown =>
  resource['medicationCodeableConcept'] ?? { text: text(part(resource['medicationReference'])['display']) }
const inError = [...RESULT, 'entered-in-error', 'unknown']

export const ANATOMY: Readonly<Record<ClinicalType, Anatomy>> = {
  Condition: {
    status: conceptCode('clinicalStatus'),
    statuses: CLINICAL,
    statusRequired: false,
    times: ['onsetDateTime', 'onsetPeriod.start', 'recordedDate'],
    code: value('code'),
    codeRequired: true,
  },
  AllergyIntolerance: {
    status: conceptCode('clinicalStatus'),
    statuses: CLINICAL,
    statusRequired: false,
    times: ['onsetDateTime', 'onsetPeriod.start', 'recordedDate'],
    code: value('code'),
    codeRequired: true,
  },
  MedicationRequest: {
    status: field('status'),
    statuses: REQUEST,
    statusRequired: true,
    times: ['authoredOn'],
    code: medication,
    codeRequired: true,
  },
  MedicationStatement: {
    status: field('status'),
    statuses: [...REQUEST, 'intended', 'not-taken'],
    statusRequired: true,
    times: ['effectiveDateTime', 'effectivePeriod.start', 'dateAsserted'],
    code: medication,
    codeRequired: true,
  },
  Immunization: {
    status: field('status'),
    statuses: ['completed', 'entered-in-error', 'not-done'],
    statusRequired: true,
    times: ['occurrenceDateTime', 'recorded'],
    code: value('vaccineCode'),
    codeRequired: true,
  },
  Observation: {
    status: field('status'),
    statuses: inError,
    statusRequired: true,
    times: ['effectiveDateTime', 'effectivePeriod.start', 'effectiveInstant', 'issued'],
    code: value('code'),
    codeRequired: true,
  },
  Encounter: {
    status: field('status'),
    statuses: [
      'planned',
      'arrived',
      'triaged',
      'in-progress',
      'onleave',
      'finished',
      'cancelled',
      'entered-in-error',
      'unknown',
    ],
    statusRequired: true,
    times: ['period.start'],
    code: (resource) => parts(resource['type'])[0],
    codeRequired: false,
  },
  Procedure: {
    status: field('status'),
    statuses: EVENT,
    statusRequired: true,
    times: ['performedDateTime', 'performedPeriod.start'],
    code: value('code'),
    codeRequired: true,
  },
  DiagnosticReport: {
    status: field('status'),
    statuses: inError,
    statusRequired: true,
    times: ['effectiveDateTime', 'effectivePeriod.start', 'issued'],
    code: value('code'),
    codeRequired: true,
  },
  CarePlan: {
    status: field('status'),
    statuses: REQUEST,
    statusRequired: true,
    times: ['period.start', 'created'],
    code: (resource) => parts(resource['category'])[0],
    codeRequired: false,
  },
  Goal: {
    status: field('lifecycleStatus'),
    statuses: [
      'proposed',
      'planned',
      'accepted',
      'active',
      'on-hold',
      'completed',
      'cancelled',
      'entered-in-error',
      'rejected',
    ],
    statusRequired: true,
    times: ['startDate', 'statusDate'],
    code: value('description'),
    codeRequired: true,
  },
}

/** The value at a dotted path of plain objects. */
export function at(resource: Part, path: string): unknown {
  return path.split('.').reduce<unknown>((inner, name) => part(inner)[name], resource)
}

/** The time that sorts a resource, as sent: the first of its type's times that is there. */
export function clinicalTimeOf(type: ClinicalType, resource: Part): string | null {
  for (const path of ANATOMY[type].times) {
    const found = text(at(resource, path))
    if (found) return found
  }
  return null
}

/** Category codes; an Encounter's class counts as its category. */
export function categoriesOf(resource: Part): string[] {
  const listed = parts(resource['category']).flatMap((concept) => codingsOf(concept))
  // AllergyIntolerance and MedicationRequest may send plain codes.
  const plain = Array.isArray(resource['category']) ? resource['category'].flatMap((item) => text(item) ?? []) : []
  const own = isConcept(resource['category']) ? codingsOf(resource['category']) : []
  return [...new Set([...listed, ...own].flatMap(({ code }) => code ?? []).concat(plain))]
}

const isConcept = (candidate: unknown): boolean =>
  candidate !== null && typeof candidate === 'object' && !Array.isArray(candidate)

/** The codings that a resource is found by. */
export function codesOf(type: ClinicalType, resource: Part): Coding[] {
  return codingsOf(ANATOMY[type].code(resource))
}

/**
 * Categories that say what sort of entry it is and nothing of the patient: these may stand in a clear column.
 * Others (a care plan's may name the illness) are found by a blind index only.
 * http://terminology.hl7.org/CodeSystem/{observation-category,condition-category,v2-0074,allergy-intolerance-category}
 */
export const CLEAR_CATEGORIES: ReadonlySet<string> = new Set([
  ...['vital-signs', 'laboratory', 'imaging', 'procedure', 'survey', 'exam', 'therapy', 'activity', 'social-history'],
  ...['problem-list-item', 'encounter-diagnosis', 'health-concern', 'LAB', 'RAD', 'PAT', 'CH', 'HM', 'MB'],
  ...['food', 'medication', 'environment', 'biologic', 'inpatient', 'outpatient', 'community', 'discharge'],
])
