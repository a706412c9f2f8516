import { segmentsOf } from '../slots/zone.ts'

const DAY = 86_400_000

/** The instants at which a calendar day begins and ends in a zone. Equal where the day was skipped. */
export function dayIn(zone: string, date: string): { from: Date; to: Date } {
  const midnight = Date.parse(`${date}T00:00:00Z`)
  return { from: new Date(firstAtOrAfter(zone, midnight)), to: new Date(firstAtOrAfter(zone, midnight + DAY)) }
}

/** The first instant at which the wall clock shows `wall` or later. */
function firstAtOrAfter(zone: string, wall: number): number {
  for (const { from, to, offset } of segmentsOf(zone, wall - 2 * DAY, wall + 2 * DAY)) {
    if (to + offset > wall) return Math.max(from, wall - offset)
  }
  throw new RangeError('no zone is further than a day from UTC')
}
