import { z } from 'zod'
import { FacilityId } from '@wellgate/shared/contracts/ids'
import type { Slot } from '@wellgate/shared/contracts/appointments/models'
import type { Pool } from '@wellgate/shared/db/pool'
import { decodeCursor } from '@wellgate/shared/http/cursor'
import { type Page, toPage } from '@wellgate/shared/http/pages'
import { timesOf, type VisitTypeRow } from '../calendar/calendar.ts'
import { calendar } from '../calendar/calendar-repository.ts'
import { appointmentsErrors } from '../errors.ts'
import { bookableFrom, bookableUntil } from '../booking/policy.ts'
import { freeStarts } from './free-starts.ts'
import { canCome, ownTime } from './own-time.ts'
import { type Facility, loadFacilities, type Next, providersNear } from './near-providers.ts'
import { loadPlaces, loadTaken, type Place, type Wanted } from './slot-repository.ts'
import type { Span } from './spans.ts'

const MINUTE = 60_000
const DAY = 1440 * MINUTE
const MAX_DAYS = 92
/** How much is derived at first, and at most at once. */
const [FIRST, LARGEST] = [DAY / 4, 8 * DAY]
/** How many providers are looked at first, and at most at once. */
const [FEWEST, MOST] = [24, 512]
const EVERYONE: Next = { id: '00000000-0000-0000-0000-000000000000', included: true }

interface Found {
  readonly start: number
  readonly place: Place
}

const Position = z.tuple([z.int(), z.uuid(), z.uuid()])

export interface SlotQuery extends Wanted {
  /** Whom the visit is for: no time is given at which they are elsewhere. */
  readonly patientId?: string | undefined
  readonly from: string
  readonly to: string
  readonly limit: number
  readonly cursor?: string | undefined
}

/**
 * Free times, soonest first. Staff also see what patients may not book, and what is within the minimum notice.
 * @throws `unknown-visit-type`, `not-self-bookable`, `range-reversed`, `range-too-long`, `invalid-request` for a cursor
 */
export async function findSlots(
  { pool, now }: { pool: Pool; now: () => Date },
  query: SlotQuery,
  staff: boolean,
): Promise<Page<Slot>> {
  const [from, to] = [Date.parse(query.from), Date.parse(query.to)]
  if (from >= to) throw appointmentsErrors['range-reversed']()
  if (to - from > MAX_DAYS * DAY) throw appointmentsErrors['range-too-long']()
  const after = query.cursor === undefined ? null : decodeCursor(Position, query.cursor, 'query.cursor')
  const type = await calendar.visitType(pool, query.visitTypeId)
  if (!type?.active) throw appointmentsErrors['unknown-visit-type']()
  if (!staff && !type.selfBookable) throw appointmentsErrors['not-self-bookable']()
  const within = {
    from: Math.max(from, bookableFrom(type, now().getTime(), staff), after?.[0] ?? 0),
    to: Math.min(to, bookableUntil(type, now().getTime()) + 1),
  }
  const found = await search(pool, type, query, within, after)
  return toPage(found, query.limit, (each) => slotOf(each, type), positionOf)
}

/**
 * Looks at one stretch of time after another, and within it at a few providers after others, by id. As soon as the page is
 * full only starts before its last one can still come into it: the providers who are left are asked for those alone, which
 * most have none of. So what is read depends on the page and on how full the calendars are, not on how many providers there are.
 */
async function search(
  pool: Pool,
  type: VisitTypeRow,
  query: SlotQuery,
  within: Span,
  after: z.output<typeof Position> | null,
): Promise<Found[]> {
  if (within.from >= within.to) return []
  const span = { from: within.from, to: within.to + type.durationMinutes * MINUTE }
  const [facilities, own] = await Promise.all([loadFacilities(pool, query), ownTime(pool, query.patientId, span)])
  const look: Look = { pool, type, query, facilities, own, after }
  let found: Found[] = []
  let { from } = within
  if (after !== null && after[0] === from) {
    // Who comes before the last of the page before had their turn at this instant.
    found = await lookWithin(look, { from, to: from + 1 }, { id: after[1], included: true }, found)
    from += 1
  }
  for (let size = FIRST; from < within.to && found.length <= query.limit; size = Math.min(size * 2, LARGEST)) {
    const chunk = { from, to: Math.min(from + size, within.to) }
    found = await lookWithin(look, chunk, EVERYONE, found)
    from = chunk.to
  }
  return found
}

interface Look {
  readonly pool: Pool
  readonly type: VisitTypeRow
  readonly query: SlotQuery
  readonly facilities: readonly Facility[]
  readonly own: readonly Span[]
  readonly after: z.output<typeof Position> | null
}

/** `found`, which is from before the chunk, with what is free in it: no more than a page and one. */
async function lookWithin(look: Look, chunk: Span, first: Next, found: Found[]): Promise<Found[]> {
  const { pool, type, query, facilities, own, after } = look
  const wanted = { ...query, stepMinutes: type.stepMinutes }
  let [best, within, next] = [found, chunk, first]
  for (let count = Math.max(FEWEST, query.limit + 1); within.from < within.to; count = Math.min(count * 2, MOST)) {
    const only = query.providerId
    const ids = only === undefined ? await providersNear(pool, wanted, facilities, within, next, count) : [only]
    const last = ids.at(-1)
    if (last === undefined) break
    const places = await loadPlaces(pool, query, within, ids)
    const taken = await loadTaken(pool, places, within, { rooms: type.needsRoom, shape: type })
    const span = within
    const fresh = places
      .flatMap((place) => freeStarts(place, type, taken, span).map((start) => ({ start, place })))
      .filter(({ start }) => canCome(own, start, type.durationMinutes))
      .filter((each) => after === null || compare(positionOf(each), after) > 0)
    best = [...best, ...fresh].toSorted((a, b) => compare(positionOf(a), positionOf(b))).slice(0, query.limit + 1)
    if (only !== undefined || ids.length < count) break
    next = { id: last, included: false }
    // Whoever comes later has a greater id: at the last start of a full page, too, they come after it.
    const end = best[query.limit]
    if (end) within = { from: chunk.from, to: end.start }
  }
  return best
}

const positionOf = ({ start, place }: Found): [number, string, string] => [start, place.providerId, place.facilityId]

function compare(a: readonly (number | string)[], b: readonly (number | string)[]): number {
  for (const [index, value] of a.entries()) {
    const other = b[index]
    if (other !== undefined && value !== other) return value < other ? -1 : 1
  }
  return 0
}

function slotOf({ start, place }: Found, type: VisitTypeRow): Slot {
  const { starts, ends } = timesOf(type, start)
  return {
    providerId: place.providerId,
    facilityId: FacilityId.parse(place.facilityId),
    visitTypeId: type.id,
    start: starts.toISOString(),
    end: ends.toISOString(),
  }
}
