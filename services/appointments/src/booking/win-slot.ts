import type { Pool } from '@wellgate/shared/db/pool'
import { withTx } from '@wellgate/shared/db/tx'
import { DomainError } from '@wellgate/shared/errors/problem'
import { beginIdempotent, type IdempotencyKey, type StoredResult } from '@wellgate/shared/http/idempotency'
import type { VisitTypeRow } from '../calendar/calendar.ts'
import { calendar } from '../calendar/calendar-repository.ts'
import { appointmentsErrors } from '../errors.ts'
import { freeStarts } from '../slots/free-starts.ts'
import { canCome, ownTime } from '../slots/own-time.ts'
import { loadPlaces, loadTaken, type Place, type Taken } from '../slots/slot-repository.ts'
import type { Span } from '../slots/spans.ts'
import { type Asker, assertMayBook, bookableFrom, bookableUntil } from './policy.ts'

const DAY = 86_400_000
const ALTERNATIVES = 5
const MOST_DAYS = 28
const NOTHING_TAKEN: Taken = { ofProvider: new Map(), ofRooms: new Map() }

export interface WantedSlot {
  readonly providerId: string
  readonly facilityId: string
  readonly visitTypeId: string
  readonly start: string
}

/** Whom a time is taken for, and how. */
export interface Taking {
  readonly patientId: string
  readonly asker: Asker
  readonly key: IdempotencyKey | undefined
  /** The booking that moves, if one does. */
  readonly except?: string
}

export interface CheckDeps {
  readonly pool: Pool
  readonly now: () => Date
}

/** A place for a day before and after a wanted time, with what is taken there. */
interface Near {
  readonly within: Span
  readonly place: Place
  readonly taken: Taken
}

/** A start that is one of the place's, whoever has it. */
export interface CheckedSlot {
  readonly wanted: WantedSlot
  readonly near: Near
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
async function checkSlot(deps: CheckDeps, wanted: WantedSlot, asker: Asker, except?: string): Promise<CheckedSlot> {
  const type = await calendar.visitType(deps.pool, wanted.visitTypeId)
  if (!type) throw appointmentsErrors['unknown-visit-type']()
  const start = Date.parse(wanted.start)
  assertMayBook(type, start, deps.now().getTime(), asker)
  const near = await loadNear(deps.pool, wanted, type, { from: start - DAY, to: start + DAY }, except)
  if (!near) throw appointmentsErrors['not-offered']()
  // A room that is taken is still a room: only the hours are asked here.
  if (freeStarts(near.place, { ...type, needsRoom: false }, NOTHING_TAKEN, at(start)).length === 0)
    throw appointmentsErrors['not-a-slot']()
  return { wanted, near, type, start, asker, except }
}

/**
 * Takes a wanted time: checks it, and lets `take` write it. Who comes too late is told so before anything is written, and
 * hears the nearest free starts with the same provider at the same place, at which the patient is nowhere else. What the same request took before is answered
 * again, though the time is taken by now, and by itself. Gives the id of the booking.
 * @throws as {@link checkSlot}, and what `take` throws
 */
export async function winSlot(
  deps: CheckDeps,
  wanted: WantedSlot,
  options: Taking,
  take: (slot: CheckedSlot) => Promise<StoredResult>,
): Promise<string> {
  const { key, asker, except } = options
  let slot: CheckedSlot | undefined
  let stale = false
  try {
    slot = await checkSlot(deps, wanted, asker, except)
    stale = isFree(slot)
    if (!stale) throw appointmentsErrors['slot-taken']()
    return (await take(slot)).resultId
  } catch (error) {
    const before = key && (await withTx(deps.pool, (tx) => beginIdempotent(tx, key)))
    if (before) return before.resultId
    if (!slot || !(error instanceof DomainError) || error.code !== 'slot-taken') throw error
    const fields = await alternatives(deps, slot, options.patientId, stale)
    throw appointmentsErrors['slot-taken']({
      fields: fields.map((start) => ({ field: 'body.start', expected: new Date(start).toISOString() })),
    })
  }
}

/** Spares losers the wait for a turn; who wins is decided by the constraints. */
const isFree = ({ near, type, start }: CheckedSlot): boolean =>
  freeStarts(near.place, type, near.taken, at(start)).length > 0

const at = (start: number): Span => ({ from: start, to: start + 1 })

/** The nearest free starts, soonest first. `stale` says that more is taken than was known when the slot was checked. */
async function alternatives(
  { pool, now }: CheckDeps,
  slot: CheckedSlot,
  patientId: string,
  stale: boolean,
): Promise<number[]> {
  const { wanted, type, start, asker, except } = slot
  const present = now().getTime()
  const own = await ownTime(
    pool,
    patientId,
    { from: start - MOST_DAYS * DAY, to: start + (MOST_DAYS + 1) * DAY },
    except,
  )
  let free: number[] = []
  for (const days of [1, 7, MOST_DAYS]) {
    const around = { from: start - days * DAY, to: start + days * DAY }
    const near = days === 1 && !stale ? slot.near : await loadNear(pool, wanted, type, around, except)
    const within = {
      from: Math.max(around.from, bookableFrom(type, present, asker.staff)),
      to: Math.min(around.to, bookableUntil(type, present) + 1),
    }
    const starts = near ? freeStarts(near.place, type, near.taken, within) : []
    free = starts.filter((each) => canCome(own, each, type.durationMinutes))
    if (free.length >= ALTERNATIVES) break
  }
  const nearest = free.toSorted((a, b) => Math.abs(a - start) - Math.abs(b - start)).slice(0, ALTERNATIVES)
  return nearest.toSorted((a, b) => a - b)
}

async function loadNear(
  pool: Pool,
  wanted: WantedSlot,
  type: VisitTypeRow,
  within: Span,
  except: string | undefined,
): Promise<Near | undefined> {
  const [place] = await loadPlaces(pool, wanted, within)
  if (!place) return undefined
  return { within, place, taken: await loadTaken(pool, [place], within, { rooms: type.needsRoom, except }) }
}
