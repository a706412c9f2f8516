import { execute, maybeOne } from '@wellgate/shared/db/query'
import { type Tx, withTx } from '@wellgate/shared/db/tx'
import { platformErrors } from '@wellgate/shared/errors/platform-errors'
import { type Booking, NO_DOCUMENT } from '../booking/booking.ts'
import { announce } from '../booking/booking-events.ts'
import { bookingConstraints } from '../booking/booking-repository.ts'
import { stored } from '../booking/stored.ts'
import type { Deps } from '../deps.ts'
import { appointmentsErrors } from '../errors.ts'
import { lockOwn } from './locked-entry.ts'
import { step } from './wait-events.ts'
import * as sql from './wait-sql.ts'

/**
 * Books what an entry is offered, if it is still held by the database's clock. Again, or by a twin, it gives the same
 * appointment.
 * @throws `not-found`, `nothing-offered`, `offer-expired`
 */
export async function acceptOffer(deps: Deps, entryId: string, patientId: string, by: string): Promise<Booking> {
  const { pool, outbox, bookings } = deps
  const entry = await maybeOne(pool, sql.waitById, [entryId])
  if (entry?.patient_id !== patientId) throw platformErrors['not-found']()
  const asked = await maybeOne(pool, sql.lastOffer, [entryId])
  if (!asked) throw appointmentsErrors['nothing-offered']()
  const id = asked.booking_id
  const document = await bookings.seal(id, patientId, NO_DOCUMENT)
  const accept = async (tx: Tx): Promise<void> => {
    await lockOwn(tx, entryId, patientId)
    const offer = await maybeOne(tx, sql.lastOffer, [entryId])
    if (offer?.id !== asked.id || offer.status === 'declined') throw appointmentsErrors['nothing-offered']()
    if (offer.status === 'accepted') return
    const booked = offer.status === 'open' ? await bookings.confirmHold(tx, { id, patientId, document, by }) : undefined
    if (!booked) throw appointmentsErrors['offer-expired']()
    await execute(tx, sql.setOffer, [offer.id, 'accepted'])
    await step(outbox, tx, { id: entryId, patientId, start: booked.starts }, 'accepted')
    await announce(outbox, tx, booked)
  }
  await withTx(pool, accept, { constraints: bookingConstraints, retry: true })
  return stored(deps, id)
}
