import { type Queryable, rows } from '@wellgate/shared/db/query'
import type { Wanted } from './slot-repository.ts'
import * as sql from './slot-sql.ts'
import type { Span } from './spans.ts'
import { segmentsOf } from './zone.ts'

const MINUTE = 60_000
const DAY = 1440 * MINUTE

export interface Facility {
  readonly id: string
  readonly zone: string
}

/** The facilities where a search looks. */
export async function loadFacilities(q: Queryable, { facilityId }: Wanted): Promise<Facility[]> {
  const found = await rows(q, sql.facilities, [facilityId ?? null])
  return found.map(({ id, time_zone }) => ({ id, zone: time_zone }))
}

/** Minutes of a day by the wall clock, from `since` up to `before`. */
interface Minutes {
  readonly day: string
  readonly weekday: number
  readonly since: number
  readonly before: number
}

/** A span by the wall clock of a zone: by our own zone data, which is not always as new or old as Postgres's. */
export function minutesOf(zone: string, within: Span): Minutes[] {
  const found: Minutes[] = []
  for (const { from, to, offset } of segmentsOf(zone, within.from, within.to)) {
    for (let day = Math.floor((from + offset) / DAY); day * DAY < to + offset; day++) {
      const since = Math.ceil(Math.max(0, from + offset - day * DAY) / MINUTE)
      const before = Math.ceil(Math.min(DAY, to + offset - day * DAY) / MINUTE)
      // 1970-01-01 was a Thursday.
      const weekday = ((((day + 3) % 7) + 7) % 7) + 1
      const text = new Date(day * DAY).toISOString().slice(0, 10)
      if (since < before) found.push({ day: text, weekday, since, before })
    }
  }
  return found
}

/** Who comes next: from this id, and whether that one is among them. */
export interface Next {
  readonly id: string
  readonly included: boolean
}

/**
 * At most `count` providers by id, from `next`, whose hours have a start of the visit within the span (free or not); fewer
 * only where there are no more.
 */
export async function providersNear(
  q: Queryable,
  wanted: Wanted & { readonly stepMinutes: number },
  facilities: readonly Facility[],
  within: Span,
  next: Next,
  count: number,
): Promise<string[]> {
  const byZone = new Map<string, Minutes[]>()
  const near = facilities.flatMap(({ id, zone }) => {
    const minutes = byZone.get(zone) ?? minutesOf(zone, within)
    byZone.set(zone, minutes)
    return minutes.map((each) => ({ id, ...each }))
  })
  const found = await rows(q, sql.providersNear, [
    wanted.visitTypeId,
    next.id,
    next.included,
    near.map(({ id }) => id),
    near.map(({ day }) => day),
    near.map(({ weekday }) => weekday),
    near.map(({ since }) => since),
    near.map(({ before }) => before),
    count,
    wanted.stepMinutes,
    new Date(within.from),
    new Date(within.to),
    wanted.facilityId ?? null,
  ])
  return found.map(({ provider_id }) => provider_id)
}
