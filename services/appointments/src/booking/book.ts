import { platformErrors } from '@wellgate/shared/errors/platform-errors'
import { withTx } from '@wellgate/shared/db/tx'
import { type IdempotencyKey, once } from '@wellgate/shared/http/idempotency'
import type { Deps } from '../deps.ts'
import { appointmentsErrors } from '../errors.ts'
import { NO_DOCUMENT, type Booking, withOverride } from './booking.ts'
import { bookingConstraints } from './booking-repository.ts'
import { announce } from './booking-events.ts'
import type { Asker } from './policy.ts'
import { stored } from './stored.ts'
import { claimSlot } from './take-slot.ts'
import { type WantedSlot, winSlot } from './win-slot.ts'

export interface BookingRequest {
  readonly patientId: string
  readonly by: string
  readonly asker: Asker
  readonly reason: string | undefined
  readonly key: IdempotencyKey
}

/**
 * Books a free time at once.
 * @throws as winSlot; `slot-taken` with the nearest free times, `patient-busy`
 */
export async function bookSlot(deps: Deps, wanted: WantedSlot, request: BookingRequest): Promise<Booking> {
  const { pool, outbox, bookings, newId, now } = deps
  const { patientId, by, asker, key } = request
  const resultId = await winSlot(deps, wanted, { patientId, asker, key }, async (slot) => {
    const id = newId()
    const own = { ...NO_DOCUMENT, reason: request.reason ?? null }
    const document = await bookings.seal(id, patientId, withOverride(own, by, now(), asker.overrideReason))
    return withTx(
      pool,
      (tx) =>
        once(tx, key, async () => {
          const { visitTypeId } = wanted
          const claim = await claimSlot(tx, bookings, patientId, slot)
          await bookings.insert(tx, claim, { id, patientId, visitTypeId, document, by, holdSeconds: null })
          await announce(outbox, tx, { id, patientId, visitTypeId, ...claim, version: 1, status: 'booked' })
          return { status: 201, resultId: id }
        }),
      { constraints: bookingConstraints, retry: true },
    )
  })
  return stored(deps, resultId)
}

/**
 * Books what the patient holds, in its place.
 * @throws `not-found` for what the patient never held, `hold-used`, `hold-expired`
 */
export async function bookHold(deps: Deps, holdId: string, request: BookingRequest): Promise<Booking> {
  const { pool, outbox, bookings } = deps
  const { patientId, by, key } = request
  const sealed = await bookings.seal(holdId, patientId, { ...NO_DOCUMENT, reason: request.reason ?? null })
  const { resultId } = await withTx(pool, (tx) =>
    once(tx, key, async () => {
      const confirmed = await bookings.confirmHold(tx, { id: holdId, patientId, document: sealed, by })
      if (!confirmed) throw whyNot(await bookings.find(tx, holdId), patientId)
      await announce(outbox, tx, confirmed)
      return { status: 201, resultId: holdId }
    }),
  )
  return stored(deps, resultId)
}

function whyNot(found: Booking | undefined, patientId: string): Error {
  if (found?.patientId !== patientId) return platformErrors['not-found']()
  const over = found.status === 'held' || found.status === 'expired'
  return over ? appointmentsErrors['hold-expired']() : appointmentsErrors['hold-used']()
}
