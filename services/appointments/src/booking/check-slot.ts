import type { Pool } from '@wellgate/shared/db/pool'
import { DomainError } from '@wellgate/shared/errors/problem'
import type { VisitTypeRow } from '../calendar/calendar.ts'
import { calendar } from '../calendar/calendar-repository.ts'
import { appointmentsErrors } from '../errors.ts'
import { freeStarts } from '../slots/free-starts.ts'
import { loadPlaces, loadTaken, type Place } from '../slots/slot-repository.ts'
import type { Span } from '../slots/spans.ts'
import { type Asker, assertMayBook, bookableFrom, bookableUntil } from './policy.ts'

const DAY = 86_400_000
const ALTERNATIVES = 5
const NOTHING_TAKEN = { ofProvider: new Map(), ofRooms: new Map() }

export interface WantedSlot {
  readonly providerId: string
  readonly facilityId: string
  readonly visitTypeId: string
  readonly start: string
}

export interface CheckDeps {
  readonly pool: Pool
  readonly now: () => Date
}

/** A start that is one of the place's, whoever has it. */
export interface CheckedSlot {
  readonly wanted: WantedSlot
  readonly type: VisitTypeRow
  readonly start: number
  readonly asker: Asker
  /** The booking that moves, if one does: it is not in its own way. */
  readonly except?: string | undefined
}

/**
 * Checks everything about a wanted time that does not change by the second: the visit's policy, who offers it, the hours.
 * @throws as {@link assertMayBook}; `unknown-visit-type`, `not-offered`, `not-a-slot`
 */
export async function checkSlot(
  deps: CheckDeps,
  wanted: WantedSlot,
  asker: Asker,
  except?: string,
): Promise<CheckedSlot> {
  const type = await calendar.visitType(deps.pool, wanted.visitTypeId)
  if (!type) throw appointmentsErrors['unknown-visit-type']()
  const start = Date.parse(wanted.start)
  assertMayBook(type, start, deps.now().getTime(), asker)
  const within = { from: start, to: start + 1 }
  const place = await placeOf(deps.pool, wanted, within)
  if (!place) throw appointmentsErrors['not-offered']()
  // A room that is taken is still a room: only the hours are asked here.
  if (freeStarts(place, { ...type, needsRoom: false }, NOTHING_TAKEN, within).length === 0)
    throw appointmentsErrors['not-a-slot']()
  return { wanted, type, start, asker, except }
}

/** Runs what takes the slot; a loser hears the nearest free starts with the same provider at the same place. */
export async function orAlternatives<T>(deps: CheckDeps, slot: CheckedSlot, take: () => Promise<T>): Promise<T> {
  try {
    return await take()
  } catch (error) {
    if (!(error instanceof DomainError) || error.code !== 'slot-taken') throw error
    const free = await alternatives(deps, slot)
    const fields = free.map((start) => ({ field: 'body.start', expected: new Date(start).toISOString() }))
    throw appointmentsErrors['slot-taken']({ fields })
  }
}

async function alternatives({ pool, now }: CheckDeps, slot: CheckedSlot): Promise<number[]> {
  const { wanted, type, start, asker, except } = slot
  const present = now().getTime()
  for (const days of [1, 7, 28]) {
    const within: Span = {
      from: Math.max(start - days * DAY, bookableFrom(type, present, asker.staff)),
      to: Math.min(start + days * DAY, bookableUntil(type, present) + 1),
    }
    const place = await placeOf(pool, wanted, within)
    if (!place) return []
    const taken = await loadTaken(pool, [place], within, { rooms: type.needsRoom, except })
    const free = freeStarts(place, type, taken, within)
    if (free.length < ALTERNATIVES && days < 28) continue
    const nearest = free.toSorted((a, b) => Math.abs(a - start) - Math.abs(b - start)).slice(0, ALTERNATIVES)
    return nearest.toSorted((a, b) => a - b)
  }
  return []
}

async function placeOf(pool: Pool, wanted: WantedSlot, within: Span): Promise<Place | undefined> {
  return (await loadPlaces(pool, wanted, within))[0]
}
