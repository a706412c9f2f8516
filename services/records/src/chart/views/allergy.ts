import type { z } from 'zod'
import type { Allergy } from '@wellgate/shared/contracts/records/models'
import type { OpenEntry } from '../entry.ts'
import { codeOf, conceptTexts, parts, text } from '../fhir.ts'
import { baseOf } from './base.ts'

/** FHIR AllergyIntolerance as the chart shows it. */
export function allergyView(entry: OpenEntry): z.input<typeof Allergy> {
  const { resource } = entry
  return {
    ...baseOf('AllergyIntolerance', entry),
    verificationStatus: codeOf(resource['verificationStatus']),
    criticality: text(resource['criticality']),
    reactions: parts(resource['reaction']).map((reaction) => ({
      manifestations: conceptTexts(reaction['manifestation']),
      severity: text(reaction['severity']),
    })),
  }
}
