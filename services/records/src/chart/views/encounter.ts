import type { z } from 'zod'
import type { Encounter } from '@wellgate/shared/contracts/records/models'
import type { OpenEntry } from '../entry.ts'
import { part, parts, period, text } from '../fhir.ts'
import { baseOf, reasonsOf } from './base.ts'

/** FHIR Encounter as the chart shows it. */
export function encounterView(entry: OpenEntry): z.input<typeof Encounter> {
  const { resource } = entry
  return {
    ...baseOf('Encounter', entry),
    class: text(part(resource['class'])['code']),
    period: period(resource['period']),
    reasons: reasonsOf(resource),
    facility:
      text(part(resource['serviceProvider'])['display']) ??
      parts(resource['location']).flatMap(({ location }) => text(part(location)['display']) ?? [])[0] ??
      null,
  }
}
