import type { z } from 'zod'
import type { Goal } from '@wellgate/shared/contracts/records/models'
import type { OpenEntry } from '../entry.ts'
import { codeOf, conceptText, parts, text } from '../fhir.ts'
import { baseOf } from './base.ts'
import { quantityText, valueOf } from './value.ts'

/** FHIR Goal as the chart shows it. */
export function goalView(entry: OpenEntry): z.input<typeof Goal> {
  const { resource } = entry
  return {
    ...baseOf('Goal', entry),
    achievement: codeOf(resource['achievementStatus']),
    targets: parts(resource['target']).map((target) => ({
      measure: conceptText(target['measure']),
      detail: valueOf(target, 'detail'),
      due: text(target['dueDate']) ?? quantityText(target['dueDuration']),
    })),
  }
}
