import type { ClinicalType } from '@wellgate/shared/contracts/interop/import-result'

/** The lists of a chart. Each is a table of the same shape, with its history beside it. */
export const KINDS = [
  'condition',
  'allergy',
  'medication',
  'immunization',
  'observation',
  'encounter',
  'procedure',
  'report',
  'care_plan',
  'goal',
] as const
export type Kind = (typeof KINDS)[number]

/** Where a FHIR resource is kept. Medications are ordered (request) or told of (statement): one list. */
export const KIND_OF: Readonly<Record<ClinicalType, Kind>> = {
  Condition: 'condition',
  AllergyIntolerance: 'allergy',
  MedicationRequest: 'medication',
  MedicationStatement: 'medication',
  Immunization: 'immunization',
  Observation: 'observation',
  Encounter: 'encounter',
  Procedure: 'procedure',
  DiagnosticReport: 'report',
  CarePlan: 'care_plan',
  Goal: 'goal',
}
