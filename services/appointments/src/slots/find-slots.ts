import { z } from 'zod'
import type { Slot } from '@wellgate/shared/contracts/appointments/models'
import { decodeCursor, encodeCursor } from '@wellgate/shared/http/cursor'
import { type Page, toPage } from '@wellgate/shared/http/pages'
import { bookableFrom, bookableUntil } from '../booking/policy.ts'
import { timesOf, type VisitTypeRow } from '../calendar/calendar.ts'
import { appointmentsErrors, unknownVisitType } from '../errors.ts'
import type { Wanted } from './agenda.ts'
import { byPlace } from './calendar.ts'
import { type Candidate, freeOf } from './free.ts'
import type { Span } from './spans.ts'
import type { Reading, Timetable } from './timetable.ts'

/** The longest span of a search. */
export const MAX_DAYS = 92
const DAY = 86_400_000
/** So many candidates are asked about at most at once, and by one search. */
const MOST = 2_048
const MOST_ASKED = 20_000

const Position = z.tuple([z.int(), z.uuid(), z.uuid()])
type Position = z.output<typeof Position>

export interface SlotQuery extends Wanted {
  /** Whom the visit is for: no time is given at which they are elsewhere. */
  readonly patientId?: string | undefined
  readonly from: string
  readonly to: string
  readonly limit: number
  readonly cursor?: string | undefined
}

export interface SearchDeps {
  readonly timetable: Timetable
  readonly now: () => Date
}

/**
 * Free times, soonest first. Where most is taken a page ends before it is full, even empty, and its `next` stands where
 * the search has come to: only a page without `next` is the last. Staff also see what patients may not book, and what is
 * within the minimum notice.
 * @throws `unknown-visit-type`, `not-self-bookable`, `range-too-long`, `invalid-request` for a cursor
 */
export async function findSlots(deps: SearchDeps, query: SlotQuery, staff: boolean): Promise<Page<Slot>> {
  const [from, to] = [Date.parse(query.from), Date.parse(query.to)]
  if (to - from > MAX_DAYS * DAY) {
    const expected = `at most ${MAX_DAYS} days after \`from\``
    throw appointmentsErrors['range-too-long']({ fields: [{ field: 'query.to', expected }] })
  }
  const after = query.cursor === undefined ? null : decodeCursor(Position, query.cursor, 'query.cursor')
  return deps.timetable.read(async (reading) => {
    const type = reading.calendar.visitTypes.get(query.visitTypeId)
    if (!type?.active) throw unknownVisitType('query.visitTypeId')
    if (!staff && !type.selfBookable) throw appointmentsErrors['not-self-bookable']()
    const now = deps.now().getTime()
    const within = {
      from: Math.max(from, bookableFrom(type, now, staff), after?.[0] ?? 0),
      to: Math.min(to, bookableUntil(type, now) + 1),
    }
    const { found, reached } = await search(reading, type, query, candidates(reading, query, within, after))
    const page = toPage(found, query.limit, (each) => slotOf(each, type), positionOf)
    return reached ? { ...page, next: encodeCursor(positionOf(reached)) } : page
  })
}

/**
 * Asks about a few candidates after others until the page is full. So what a search costs depends on the page and on how
 * full the calendars are, and not on how many providers or bookings there are. Where it has asked about all that one search
 * may, `reached` is the last of them.
 */
async function search(
  reading: Reading,
  type: VisitTypeRow,
  { limit, patientId }: Pick<SlotQuery, 'limit' | 'patientId'>,
  left: Iterator<Candidate>,
): Promise<{ found: Candidate[]; reached?: Candidate | undefined }> {
  const found: Candidate[] = []
  let asked = 0
  for (let size = 3 * (limit + 1); ; size = nextSize(limit + 1 - found.length, found.length / asked)) {
    const most = Math.min(size, MOST_ASKED - asked)
    const next = take(left, most)
    found.push(...(await freeOf(reading, type, next, { patientId })))
    asked += next.length
    if (found.length > limit || next.length < most) return { found: found.slice(0, limit + 1) }
    if (asked === MOST_ASKED) return { found, reached: next.at(-1) }
  }
}

/** How many to ask about where `missing` are left to find and the given part was free so far. */
const nextSize = (missing: number, part: number): number =>
  Math.min(MOST, Math.ceil((1.5 * missing) / Math.max(part, 1 / 64)) + 8)

function take<T>(from: Iterator<T>, count: number): T[] {
  const taken: T[] = []
  while (taken.length < count) {
    const { done, value } = from.next()
    if (done === true) break
    taken.push(value)
  }
  return taken
}

/** Every start in the span after a position, in the order of pages. */
function* candidates(
  { agenda }: Reading,
  wanted: Wanted,
  within: Span,
  after: Position | null,
): Generator<Candidate, undefined> {
  for (const { start, places } of agenda.turns(wanted, within)) {
    const last = after?.[0] === start ? { providerId: after[1], facilityId: after[2] } : undefined
    for (const place of places) if (!last || byPlace(place, last) > 0) yield { start, place }
  }
}

const positionOf = ({ start, place }: Candidate): Position => [start, place.providerId, place.facilityId]

function slotOf({ start, place }: Candidate, type: VisitTypeRow): Slot {
  const { starts, ends } = timesOf(type, start)
  return {
    providerId: place.providerId,
    facilityId: place.facilityId,
    visitTypeId: type.id,
    start: starts.toISOString(),
    end: ends.toISOString(),
  }
}
