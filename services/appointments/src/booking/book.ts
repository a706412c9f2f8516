import { platformErrors } from '@wellgate/shared/errors/platform-errors'
import { withTx } from '@wellgate/shared/db/tx'
import { beginIdempotent, type IdempotencyKey, once } from '@wellgate/shared/http/idempotency'
import type { Deps } from '../deps.ts'
import { appointmentsErrors } from '../errors.ts'
import { NO_DOCUMENT, type Booking, withOverride } from './booking.ts'
import { bookingConstraints } from './booking-repository.ts'
import { checkSlot, orAlternatives, type WantedSlot } from './check-slot.ts'
import { announce } from './booking-events.ts'
import type { Asker } from './policy.ts'
import { stored } from './stored.ts'
import { claimSlot } from './take-slot.ts'

export interface BookingRequest {
  readonly patientId: string
  readonly by: string
  readonly asker: Asker
  readonly reason: string | undefined
  readonly key: IdempotencyKey
}

/**
 * Books a free time at once.
 * @throws as checkSlot; `slot-taken` with the nearest free times, `patient-busy`
 */
export async function bookSlot(deps: Deps, wanted: WantedSlot, request: BookingRequest): Promise<Booking> {
  const { pool, outbox, bookings, newId } = deps
  const { patientId, by, asker, key } = request
  const slot = await checkSlot(deps, wanted, asker).catch((error: unknown) => orRepeated(deps, key, error))
  if ('id' in slot) return slot
  const id = newId()
  const document = withOverride(
    { ...NO_DOCUMENT, reason: request.reason ?? null },
    by,
    deps.now(),
    asker.overrideReason,
  )
  const sealed = await bookings.seal(id, patientId, document)
  const take = () =>
    withTx(
      pool,
      (tx) =>
        once(tx, key, async () => {
          const claim = await claimSlot(tx, bookings, patientId, slot)
          const of = { id, patientId, visitTypeId: wanted.visitTypeId, document: sealed, by, holdSeconds: null }
          await bookings.insert(tx, claim, of)
          const { visitTypeId } = wanted
          await announce(outbox, tx, { id, patientId, visitTypeId, ...claim, version: 1, status: 'booked' })
          return { status: 201, resultId: id }
        }),
      { constraints: bookingConstraints, retry: true },
    )
  const { resultId } = await orAlternatives(deps, slot, take)
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

/** What a time that cannot be booked any more was booked as by the same request; else the error again. */
async function orRepeated(deps: Deps, key: IdempotencyKey, error: unknown): Promise<Booking> {
  const before = await withTx(deps.pool, (tx) => beginIdempotent(tx, key))
  if (!before) throw error
  return stored(deps, before.resultId)
}
