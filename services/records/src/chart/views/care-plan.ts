import type { z } from 'zod'
import type { CarePlan } from '@wellgate/shared/contracts/records/models'
import type { OpenEntry } from '../entry.ts'
import { codeOf, conceptText, part, parts, period, text, type Part } from '../fhir.ts'
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
    activities: parts(resource['activity']).map(activityOf),
  }
}

/** An activity by its code, its description or what it refers to. One that is not to be done says so first. */
function activityOf({ detail, reference }: Part): { text: string; status: string | null } {
  const { code, description, status, doNotPerform } = part(detail)
  const what = conceptText(code) ?? text(description) ?? text(part(reference)['display']) ?? ''
  return { text: doNotPerform === true ? `Not to be done: ${what}` : what, status: codeOf(status) }
}
