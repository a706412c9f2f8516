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
import { loadPlaces, loadTaken, type Place, type Wanted } from './slot-repository.ts'
import type { Span } from './spans.ts'

const DAY = 86_400_000
const MAX_DAYS = 92
/** How much is derived at first, and at most at once. */
const [FIRST, LARGEST] = [DAY / 4, 8 * DAY]

interface Found {
  readonly start: number
  readonly place: Place
}

const Position = z.tuple([z.int(), z.uuid(), z.uuid()])

export interface SlotQuery extends Wanted {
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

async function search(
  pool: Pool,
  type: VisitTypeRow,
  query: SlotQuery,
  within: Span,
  after: z.output<typeof Position> | null,
): Promise<Found[]> {
  if (within.from >= within.to) return []
  const places = await loadPlaces(pool, query, within)
  const found: Found[] = []
  if (places.length === 0) return found
  for (let from = within.from, size = FIRST; from < within.to && found.length <= query.limit;) {
    const chunk = { from, to: Math.min(from + size, within.to) }
    const taken = await loadTaken(pool, places, chunk, { rooms: type.needsRoom })
    const fresh = places
      .flatMap((place) => freeStarts(place, type, taken, chunk).map((start) => ({ start, place })))
      .filter((each) => after === null || compare(positionOf(each), after) > 0)
      .toSorted((a, b) => compare(positionOf(a), positionOf(b)))
    found.push(...fresh)
    from = chunk.to
    size = Math.min(size * 2, LARGEST)
  }
  return found.slice(0, query.limit + 1)
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
