import type { z } from 'zod'
import type { Condition } from '@wellgate/shared/contracts/records/models'
import type { OpenEntry } from '../entry.ts'
import { codeOf, conceptText, period, text } from '../fhir.ts'
import { baseOf } from './base.ts'

/** FHIR Condition as the chart shows it. */
export function conditionView(entry: OpenEntry): z.input<typeof Condition> {
  const { resource } = entry
  return {
    ...baseOf('Condition', entry),
    verificationStatus: codeOf(resource['verificationStatus']),
    severity: conceptText(resource['severity']),
    onset: text(resource['onsetDateTime']) ?? period(resource['onsetPeriod']).start ?? text(resource['onsetString']),
    abatement:
      text(resource['abatementDateTime']) ??
      period(resource['abatementPeriod']).end ??
      text(resource['abatementString']),
  }
}
