import { platformErrors } from '@wellgate/shared/errors/platform-errors'
import { type Tx, withTx } from '@wellgate/shared/db/tx'
import { type IdempotencyKey, once } from '@wellgate/shared/http/idempotency'
import type { Deps } from '../deps.ts'
import { appointmentsErrors } from '../errors.ts'
import { NO_DOCUMENT, type Booking, withOverride } from './booking.ts'
import { bookingConstraints } from './booking-repository.ts'
import { announce } from './booking-events.ts'
import type { Asker } from './policy.ts'
import { stored } from './stored.ts'
import { claimSlot } from './take-slot.ts'
import type { WantedSlot } from './check-slot.ts'
import { winSlot } from './win-slot.ts'

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
  let booked: Booking | undefined
  const resultId = await winSlot(deps, wanted, { patientId, asker, key }, async (slot) => {
    const id = newId()
    const own = { ...NO_DOCUMENT, reason: request.reason ?? null }
    const document = withOverride(own, by, now(), asker.overrideReason)
    const sealed = await bookings.seal(id, patientId, document)
    return withTx(
      pool,
      (tx) =>
        once(tx, key, async () => {
          const claim = await claimSlot(tx, bookings, patientId, slot)
          const facts = { id, patientId, visitTypeId: slot.type.id, ...claim, version: 1, status: 'booked' } as const
          await bookings.insert(tx, claim, { ...facts, document: sealed, by, holdSeconds: null })
          await announce(outbox, tx, facts)
          booked = { ...facts, holdExpiresAt: null, encounterId: null, timeZone: slot.place.zone, document }
          return { status: 201, resultId: id }
        }),
      { constraints: bookingConstraints, retry: true },
    )
  })
  return booked?.id === resultId ? booked : stored(deps, resultId)
}

/**
 * Books what the patient holds, in its place.
 * @throws `not-found` for what the patient never held, `hold-used`, `hold-expired`, `in-the-past`
 */
export async function bookHold(deps: Deps, holdId: string, request: BookingRequest): Promise<Booking> {
  const { pool, outbox, bookings, now } = deps
  const { patientId, by, key } = request
  const document = { ...NO_DOCUMENT, reason: request.reason ?? null }
  const sealed = await bookings.seal(holdId, patientId, document)
  let booked: Booking | undefined
  const confirm = (tx: Tx) =>
    once(tx, key, async () => {
      const confirmed = await bookings.confirmHold(tx, { id: holdId, patientId, document: sealed, by })
      if (!confirmed) throw whyNot(await bookings.find(tx, holdId), patientId, now())
      await announce(outbox, tx, confirmed)
      booked = { ...confirmed, document }
      return { status: 201, resultId: holdId }
    })
  await withTx(pool, confirm, { constraints: bookingConstraints, retry: true })
  return booked ?? stored(deps, holdId)
}

function whyNot(found: Booking | undefined, patientId: string, now: Date): Error {
  if (found?.patientId !== patientId) return platformErrors['not-found']()
  const over = found.status === 'held' || found.status === 'expired'
  if (over && found.starts <= now)
    return appointmentsErrors['in-the-past']({
      fields: [{ field: 'body.holdId', expected: 'a hold of a time to come' }],
    })
  return over ? appointmentsErrors['hold-expired']() : appointmentsErrors['hold-used']()
}
