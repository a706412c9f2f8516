import type { z } from 'zod'
import type { Medication } from '@wellgate/shared/contracts/records/models'
import type { OpenEntry } from '../entry.ts'
import { parts, text } from '../fhir.ts'
import { baseOf, reasonsOf } from './base.ts'
import { dosageText } from './dosage.ts'

/** FHIR MedicationRequest or MedicationStatement as the chart shows it. */
export function medicationView(entry: OpenEntry): z.input<typeof Medication> {
  const { resource } = entry
  const isStatement = resource['resourceType'] === 'MedicationStatement'
  return {
    ...baseOf(isStatement ? 'MedicationStatement' : 'MedicationRequest', entry),
    intent: text(resource['intent']),
    doNotPerform: resource['doNotPerform'] === true,
    dosages: parts(resource[isStatement ? 'dosage' : 'dosageInstruction']).flatMap(
      (dosage) => dosageText(dosage) ?? [],
    ),
    reasons: reasonsOf(resource),
  }
}
