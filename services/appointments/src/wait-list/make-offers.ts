import type { Slot } from '@wellgate/shared/contracts/appointments/models'
import { execute, one, rows } from '@wellgate/shared/db/query'
import { withTx } from '@wellgate/shared/db/tx'
import { NO_DOCUMENT } from '../booking/booking.ts'
import { bookingConstraints } from '../booking/booking-repository.ts'
import { bookableUntil } from '../booking/policy.ts'
import { claimSlot } from '../booking/take-slot.ts'
import type { VisitTypeRow } from '../calendar/calendar.ts'
import { calendar } from '../calendar/calendar-repository.ts'
import type { Deps } from '../deps.ts'
import { appointmentsErrors } from '../errors.ts'
import { createFreeTimes, type FreeTimes } from './free-times.ts'
import { lockedEntry } from './locked-entry.ts'
import { serveEach } from './serve-each.ts'
import { step } from './wait-events.ts'
import * as sql from './wait-sql.ts'

const PAGE = 200
const OFFER_SECONDS = 900
/** What others let go of is seen when they commit: a turn looks at what happened this long before the last one, too. */
const COMMITTED_BY_MS = 10_000
/** How often everyone is looked at: time alone brings days within the horizon. */
const SWEEP_MS = 60_000

interface LastTurn {
  readonly began: number
  /** The calendar's version then. */
  readonly version: string
  /** When everyone was looked at. */
  readonly swept: number
}

/**
 * A turn of the wait-list, to be taken again and again: takes back offers that are over, then offers what is free to those
 * in line, longest wait first. It looks at those for whom something may have become free since the last turn, and now and
 * then, or when the calendar has changed, at everyone; so a line of thousands costs little while nothing happens.
 * @throws what failed first; others in line are served nevertheless, unless the database is away
 */
export function offersInTurns(deps: Deps): (signal: AbortSignal) => Promise<void> {
  let last: LastTurn | undefined
  return async (signal) => {
    const { now, version } = await one(deps.pool, sql.turnBegins)
    const began = now.getTime()
    const sweeps = last?.version !== version || began - last.swept > SWEEP_MS
    const since = last && !sweeps ? new Date(last.began - COMMITTED_BY_MS) : null
    const failures = await serveEach(await rows(deps.pool, sql.overdue), (row) => takeBack(deps, row))
    failures.push(...(await offerAlong(deps, line(deps, since), version, signal)))
    if (!signal.aborted) last = { began, version, swept: last && since ? last.swept : began }
    if (failures.length > 0) throw failures[0]
  }
}

/** Offers to each in line what is free by this version of the calendar. Gives what failed. @throws as {@link serveEach} */
function offerAlong(
  deps: Deps,
  entries: AsyncGenerator<sql.InLine>,
  version: string,
  signal: AbortSignal,
): Promise<unknown[]> {
  const types = new Map<string, Promise<VisitTypeRow | undefined>>()
  const free = createFreeTimes(deps)
  const serve = async (row: sql.InLine): Promise<void> => {
    const type = types.get(row.visit_type_id) ?? calendar.visitType(deps.pool, row.visit_type_id)
    types.set(row.visit_type_id, type)
    await offer(deps, row, await type, { version, free })
  }
  return serveEach(entries, serve, signal)
}

/** Those in line, from its head; with `since` those to whom something happened. */
async function* line({ pool }: Deps, since: Date | null): AsyncGenerator<sql.InLine> {
  for (let after: string | null = null; ;) {
    const page: sql.InLine[] = await rows(pool, sql.inLine, [after, PAGE, since])
    yield* page
    const last = page.at(-1)
    if (!last || page.length < PAGE) return
    after = last.id
  }
}

async function takeBack({ pool, outbox, bookings }: Deps, row: sql.WaitRow): Promise<void> {
  await withTx(pool, async (tx) => {
    const now = await lockedEntry(tx, row.id)
    if (now?.offer_id !== row.offer_id || now.offer_id === null || now.booking_id === null) return
    await bookings.releaseHold(tx, now.booking_id, now.patient_id)
    await execute(tx, sql.setOffer, [now.offer_id, 'expired'])
    await step(outbox, tx, { id: now.id, patientId: now.patient_id, start: now.offer_starts }, 'expired')
  })
}

/** The first free time that fits and was not offered to this entry before, held for the patient. */
async function offer(
  deps: Deps,
  row: sql.InLine,
  type: VisitTypeRow | undefined,
  { version, free }: { version: string; free: FreeTimes },
): Promise<void> {
  const { pool, outbox, bookings, newId, now } = deps
  const wanted = type && (await firstFree(deps, row, type, free))
  if (!type || !wanted) return
  const { id, patient_id: patientId } = row
  const start = Date.parse(wanted.start)
  const bookingId = newId()
  const document = await bookings.seal(bookingId, patientId, NO_DOCUMENT)
  await withTx(
    pool,
    async (tx) => {
      if (!(await one(tx, sql.takeTurn)).mine) return
      const entry = await lockedEntry(tx, id)
      if (entry?.status !== 'waiting') return
      const claim = await claimSlot(tx, bookings, patientId, { wanted, type, start, version, except: undefined })
      const of = { id: bookingId, patientId, visitTypeId: type.id, document, by: patientId, holdSeconds: OFFER_SECONDS }
      const expiresAt = (await bookings.insert(tx, claim, of)) ?? now()
      const { providerId, facilityId, starts } = claim
      const what = [bookingId, providerId, facilityId, starts, expiresAt]
      if ((await execute(tx, sql.insertOffer, [newId(), id, ...what])) === 0) throw appointmentsErrors['slot-taken']()
      await step(outbox, tx, { id, patientId, start: starts, expiresAt }, 'offered')
    },
    { constraints: bookingConstraints },
  )
  free.forget(wanted)
}

/** The soonest free time that fits, and that this entry was not asked about. */
async function firstFree(deps: Deps, row: sql.InLine, type: VisitTypeRow, free: FreeTimes): Promise<Slot | undefined> {
  const present = deps.now().getTime()
  const known = new Set(row.before)
  const end = Math.min(row.latest.getTime(), bookableUntil(type, present) + 1)
  for await (const slot of free.between(row, Math.max(row.earliest.getTime(), present), end)) {
    if (known.has(`${slot.providerId} ${Date.parse(slot.start)}`)) continue
    if (await free.isFree(row, slot)) return slot
  }
  return undefined
}
