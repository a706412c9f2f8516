import type { z } from 'zod'
import type { CarePlan } from '@wellgate/shared/contracts/records/models'
import type { OpenEntry } from '../entry.ts'
import { codeOf, conceptText, part, parts, period, text } from '../fhir.ts'
import { baseOf } from './base.ts'

/** FHIR CarePlan as the chart shows it: by its title, else by its first category. */
export function carePlanView(entry: OpenEntry): z.input<typeof CarePlan> {
  const { resource } = entry
  const base = baseOf('CarePlan', entry)
  return {
    ...base,
    code: { ...base.code, text: text(resource['title']) ?? base.code.text },
    intent: text(resource['intent']),
    period: period(resource['period']),
    activities: parts(resource['activity']).map(({ detail, reference }) => ({
      text:
        conceptText(part(detail)['code']) ??
        text(part(detail)['description']) ??
        text(part(reference)['display']) ??
        '',
      status: codeOf(part(detail)['status']),
    })),
  }
}
