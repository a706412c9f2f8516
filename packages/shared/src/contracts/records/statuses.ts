import type { ClinicalType } from '../interop/import-result.ts'

const ORDER = ['active', 'on-hold', 'completed', 'unknown'] as const
const RESULT = ['registered', 'preliminary', 'final', 'amended', 'corrected', 'cancelled', 'unknown'] as const

/**
 * What the status of each type may be by FHIR R4 (https://hl7.org/fhir/R4, the required value sets), besides
 * {@link ENTERED_IN_ERROR}. Of problems and allergies it is the clinical status.
 */
export const STATUSES = {
  Condition: ['active', 'recurrence', 'relapse', 'inactive', 'remission', 'resolved'],
  AllergyIntolerance: ['active', 'inactive', 'resolved'],
  MedicationRequest: [...ORDER, 'cancelled', 'stopped', 'draft'],
  MedicationStatement: [...ORDER, 'intended', 'stopped', 'not-taken'],
  Immunization: ['completed', 'not-done'],
  Observation: RESULT,
  Encounter: ['planned', 'arrived', 'triaged', 'in-progress', 'onleave', 'finished', 'cancelled', 'unknown'],
  Procedure: ['preparation', 'in-progress', 'not-done', 'on-hold', 'stopped', 'completed', 'unknown'],
  DiagnosticReport: [...RESULT, 'partial', 'appended'],
  CarePlan: [...ORDER, 'draft', 'revoked'],
  Goal: ['proposed', 'planned', 'accepted', 'active', 'on-hold', 'completed', 'cancelled', 'rejected'],
} as const satisfies Record<ClinicalType, readonly string[]>

/** What was never true, of any type. */
export const ENTERED_IN_ERROR = 'entered-in-error'
