import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { basename, join, resolve } from 'node:path'

/** A FHIR file of a hospital, as it lies on the disk. */
export interface SampleBundle {
  readonly name: string
  readonly text: string
  readonly resources: readonly FhirResource[]
}

export interface FhirResource {
  readonly resourceType: string
  readonly id: string
  readonly birthDate?: string
  // Resources are as varied as FHIR is; what a journey compares it picks by name.
  readonly [field: string]: unknown
}

/** The folder of Synthea bundles: `--samples`, SAMPLES_DIR, or ../shared/samples beside the project. */
export function samplesDir(given?: string): string | null {
  const root = resolve(import.meta.dirname, '../..')
  const base = given ?? process.env.SAMPLES_DIR ?? join(root, '../shared/samples')
  const candidates = [join(base, 'fhir'), base]
  return (
    candidates.find((folder) => existsSync(folder) && readdirSync(folder).some((file) => file.endsWith('.json'))) ??
    null
  )
}

export function readBundles(folder: string): SampleBundle[] {
  return readdirSync(folder)
    .filter((file) => file.endsWith('.json'))
    .toSorted()
    .map((file) => {
      const text = readFileSync(join(folder, file), 'utf8')
      const bundle = JSON.parse(text) as { entry: { resource: FhirResource }[] }
      return { name: basename(file, '.json'), text, resources: bundle.entry.map((entry) => entry.resource) }
    })
}

/** Types that become part of the record, and the list that shows them. */
export const LIST_OF_TYPE: Readonly<Record<string, string>> = {
  Condition: 'conditions',
  AllergyIntolerance: 'allergies',
  MedicationRequest: 'medications',
  MedicationStatement: 'medications',
  Immunization: 'immunizations',
  Observation: 'observations',
  Encounter: 'encounters',
  Procedure: 'procedures',
  DiagnosticReport: 'reports',
  CarePlan: 'care-plans',
  Goal: 'goals',
}

/** Types that become billing history: a claim and what its payer said of it are one entry. */
export const BILLING_TYPES: readonly string[] = ['Claim', 'ExplanationOfBenefit']

/** How many resources of each type a file holds. */
export function countsByType(resources: readonly FhirResource[]): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const { resourceType } of resources) counts[resourceType] = (counts[resourceType] ?? 0) + 1
  return counts
}
