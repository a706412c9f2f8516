import type { z } from 'zod'
import type { Observation } from '@wellgate/shared/contracts/records/models'
import type { OpenEntry } from '../entry.ts'
import { coded, conceptTexts, parts, text } from '../fhir.ts'
import { baseOf } from './base.ts'
import { boundsText, valueOf } from './value.ts'

/** FHIR Observation as the chart shows it: values and units as sent. */
export function observationView(entry: OpenEntry): z.input<typeof Observation> {
  const { resource } = entry
  return {
    ...baseOf('Observation', entry),
    value: valueOf(resource),
    components: parts(resource['component']).map((component) => ({
      code: coded(component['code']),
      value: valueOf(component),
    })),
    interpretation: conceptTexts(resource['interpretation']),
    referenceRanges: parts(resource['referenceRange']).flatMap(
      (range) => text(range['text']) ?? boundsText(range) ?? [],
    ),
  }
}
