import type { z } from 'zod'
import type { Procedure } from '@wellgate/shared/contracts/records/models'
import type { OpenEntry } from '../entry.ts'
import { period, text } from '../fhir.ts'
import { baseOf, reasonsOf } from './base.ts'

/** FHIR Procedure as the chart shows it; one that was done at one time has that as the start of its period. */
export function procedureView(entry: OpenEntry): z.input<typeof Procedure> {
  const { resource } = entry
  const at = text(resource['performedDateTime'])
  return {
    ...baseOf('Procedure', entry),
    period: at === null ? period(resource['performedPeriod']) : { start: at, end: null },
    reasons: reasonsOf(resource),
  }
}
