import type { z } from 'zod'
import type { Report } from '@wellgate/shared/contracts/records/models'
import type { OpenEntry } from '../entry.ts'
import { parts, text } from '../fhir.ts'
import { baseOf, linkedId } from './base.ts'

/** FHIR DiagnosticReport as the chart shows it. */
export function reportView(entry: OpenEntry): z.input<typeof Report> {
  const { resource } = entry
  return {
    ...baseOf('DiagnosticReport', entry),
    issued: text(resource['issued']),
    conclusion: text(resource['conclusion']),
    results: parts(resource['result']).map((reference) => ({
      observationId: linkedId(entry, reference),
      text: text(reference['display']),
    })),
  }
}
