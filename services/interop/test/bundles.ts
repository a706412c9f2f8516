import { randomUUID } from 'node:crypto'

/** Resources and bundles for tests, written as a sender writes them. */
export type Json = Record<string, unknown>

export const urn = (id: string): string => `urn:uuid:${id}`

/** An entry with a `urn:uuid:` fullUrl of the resource's id. */
export const entryOf = (
  resourceType: string,
  fields: Json = {},
  id: string = randomUUID(),
): { fullUrl: string; resource: Json & { id: string } } => ({
  fullUrl: urn(id),
  resource: { resourceType, id, ...fields },
})

export const patientEntry = (id: string = randomUUID(), fields: Json = {}) =>
  entryOf('Patient', { name: [{ family: 'Testpatient', given: ['Ada'] }], birthDate: '1970-01-02', ...fields }, id)

export const bundleOf = (entry: readonly unknown[], type = 'transaction'): Json => ({
  resourceType: 'Bundle',
  type,
  entry,
})

/** A small record: patient, practitioner, organization, encounter, two observations, a condition, a claim. */
export function smallBundle(patientId: string = randomUUID()) {
  const patient = patientEntry(patientId)
  const subject = { reference: patient.fullUrl }
  const practitioner = entryOf('Practitioner', { name: [{ family: 'Kassulke', given: ['June'], prefix: ['Dr.'] }] })
  const organization = entryOf('Organization', { name: 'LAHEY HOSPITAL' })
  const encounter = entryOf('Encounter', {
    status: 'finished',
    subject,
    participant: [{ individual: { reference: practitioner.fullUrl } }],
    serviceProvider: { reference: organization.fullUrl },
  })
  const common = { subject, encounter: { reference: encounter.fullUrl } }
  const height = entryOf('Observation', { status: 'final', ...common, valueQuantity: { value: 164.28, unit: 'cm' } })
  const weight = entryOf('Observation', {
    status: 'final',
    ...common,
    performer: [{ reference: practitioner.fullUrl }, { display: 'The lab' }],
  })
  const condition = entryOf('Condition', { ...common, code: { text: 'Hypertension' } })
  const claim = entryOf('Claim', { patient: subject })
  const entries = [patient, practitioner, organization, encounter, height, weight, condition, claim]
  return {
    patient,
    practitioner,
    organization,
    encounter,
    height,
    weight,
    condition,
    claim,
    entries,
    bundle: bundleOf(entries),
  }
}
