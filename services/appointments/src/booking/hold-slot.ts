import { withTx } from '@wellgate/shared/db/tx'
import { type IdempotencyKey, once } from '@wellgate/shared/http/idempotency'
import { appointmentsErrors } from '../errors.ts'
import type { Deps } from '../deps.ts'
import { NO_DOCUMENT, type Booking } from './booking.ts'
import { bookingConstraints } from './booking-repository.ts'
import { claimSlot } from './take-slot.ts'
import { stored } from './stored.ts'
import type { WantedSlot } from './check-slot.ts'
import { winSlot } from './win-slot.ts'

export const HOLD_SECONDS = 600
export const MOST_HOLDS = 3

/**
 * Keeps a free time for a patient for ten minutes, or until it begins.
 * @throws as winSlot; `slot-taken` with the nearest free times, `patient-busy`, `too-many-holds`
 */
export async function holdSlot(
  deps: Deps,
  patientId: string,
  by: string,
  wanted: WantedSlot,
  key: IdempotencyKey | undefined,
): Promise<Booking> {
  const { pool, bookings, newId } = deps
  let held: Booking | undefined
  const resultId = await winSlot(deps, wanted, { patientId, asker: { staff: false }, key }, async (slot) => {
    const id = newId()
    const document = await bookings.seal(id, patientId, NO_DOCUMENT)
    return withTx(
      pool,
      (tx) =>
        once(tx, key, async () => {
          const claim = await claimSlot(tx, bookings, patientId, slot)
          if ((await bookings.countHolds(tx, patientId)) >= MOST_HOLDS) throw appointmentsErrors['too-many-holds']()
          const facts = { id, patientId, visitTypeId: slot.type.id, ...claim }
          const holdExpiresAt = await bookings.insert(tx, claim, { ...facts, document, by, holdSeconds: HOLD_SECONDS })
          const rest = { encounterId: null, version: 1, timeZone: slot.place.zone, document: NO_DOCUMENT }
          held = { ...facts, ...rest, status: 'held', holdExpiresAt }
          return { status: 201, resultId: id }
        }),
      { constraints: bookingConstraints, retry: true },
    )
  })
  return held?.id === resultId ? held : stored(deps, resultId)
}
