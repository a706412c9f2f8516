import type { z } from 'zod'
import type { Immunization } from '@wellgate/shared/contracts/records/models'
import type { OpenEntry } from '../entry.ts'
import { parts, text } from '../fhir.ts'
import { baseOf } from './base.ts'

/** FHIR Immunization as the chart shows it. */
export function immunizationView(entry: OpenEntry): z.input<typeof Immunization> {
  const { resource } = entry
  const dose = parts(resource['protocolApplied'])[0] ?? {}
  const number = dose['doseNumberPositiveInt']
  return {
    ...baseOf('Immunization', entry),
    lotNumber: text(resource['lotNumber']),
    doseNumber: typeof number === 'number' ? String(number) : text(dose['doseNumberString']),
  }
}
