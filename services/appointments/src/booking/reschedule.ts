import { platformErrors } from '@wellgate/shared/errors/platform-errors'
import { withTx } from '@wellgate/shared/db/tx'
import { findIdempotent, type IdempotencyKey, keyReused, once } from '@wellgate/shared/http/idempotency'
import type { Deps } from '../deps.ts'
import { appointmentsErrors } from '../errors.ts'
import { type Booking, withOverride } from './booking.ts'
import { announce } from './booking-events.ts'
import { bookingConstraints } from './booking-repository.ts'
import { calendar } from '../calendar/calendar-repository.ts'
import { type Asker, assertMayChange } from './policy.ts'
import { canMove } from './status.ts'
import { appointmentOf, stored } from './stored.ts'
import { claimSlot } from './take-slot.ts'
import { winSlot } from './win-slot.ts'

export interface Move {
  readonly id: string
  /** Whose it must be; undefined for staff. */
  readonly patientId: string | undefined
  readonly by: string
  readonly asker: Asker
  readonly start: string
  readonly providerId?: string | undefined
  readonly facilityId?: string | undefined
  readonly key: IdempotencyKey | undefined
}

/**
 * Moves an appointment to another time, and perhaps another provider: in one transaction, so that it has the old time
 * until it has the new one. Who had checked in is booked again.
 * @throws `not-found`, `wrong-status`, `idempotency-key-reused`, `conflict` when it changed meanwhile; as assertMayChange and bookSlot
 */
export async function reschedule(deps: Deps, move: Move): Promise<Booking> {
  const { pool, outbox, bookings, now } = deps
  const before = await appointmentOf(deps, move.id, move.patientId)
  // What was moved by this key stays so, whatever has become of it since.
  const earlier = move.key && (await findIdempotent(pool, move.key))
  if (earlier) return movedBy(deps, move.id, earlier.resultId)
  if (!canMove(before.status)) throw appointmentsErrors['wrong-status']()
  const type = await calendar.visitType(pool, before.visitTypeId)
  if (!type) throw new Error('a booking names a visit type that there is not')
  const { asker, by, start, providerId = before.providerId, facilityId = before.facilityId } = move
  assertMayChange(type, before.starts.getTime(), now().getTime(), asker)
  const wanted = { visitTypeId: before.visitTypeId, providerId, facilityId, start }
  const { id, patientId, version, document } = before
  const moved = await winSlot(deps, wanted, { patientId, asker, key: move.key, except: id }, async (slot) => {
    const sealed = await bookings.seal(id, patientId, withOverride(document, by, now(), asker.overrideReason))
    return withTx(
      pool,
      (tx) =>
        once(tx, move.key, async () => {
          const claim = await claimSlot(tx, bookings, patientId, slot)
          const after = await bookings.move(tx, { id, version, document: sealed, by }, claim)
          if (after === undefined) throw platformErrors.conflict()
          await announce(outbox, tx, { ...before, ...claim, version: after, status: 'booked' })
          return { status: 200, resultId: id }
        }),
      { constraints: bookingConstraints, retry: true },
    )
  })
  return movedBy(deps, id, moved)
}

/** The body does not name what moves: a key that moved another appointment says so. @throws `idempotency-key-reused` */
function movedBy(deps: Deps, id: string, moved: string): Promise<Booking> {
  if (moved !== id) throw keyReused()
  return stored(deps, id)
}
