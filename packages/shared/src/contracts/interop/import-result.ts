import { z } from 'zod'

/** What became of one resource of an import. `detail` names fields and rules, never values of the patient. */
export const ItemResult = z.object({
  index: z.int().nonnegative().describe('Position in Bundle.entry'),
  outcome: z.enum(['created', 'unchanged', 'updated', 'set-aside']),
  code: z.string().optional(),
  detail: z.string().optional(),
})
export type ItemResult = z.infer<typeof ItemResult>

/** FHIR resource types that become part of a patient's record. */
export const CLINICAL_TYPES = [
  'Condition',
  'AllergyIntolerance',
  'MedicationRequest',
  'MedicationStatement',
  'Immunization',
  'Observation',
  'Encounter',
  'Procedure',
  'DiagnosticReport',
  'CarePlan',
  'Goal',
] as const
export type ClinicalType = (typeof CLINICAL_TYPES)[number]

/** FHIR resource types that become a patient's billing history. */
export const BILLING_TYPES = ['Claim', 'ExplanationOfBenefit'] as const
export type BillingType = (typeof BILLING_TYPES)[number]
