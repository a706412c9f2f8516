import { appointmentChanged, visitCompleted } from '@wellgate/shared/contracts/appointments/events'
import { FacilityId, PatientId } from '@wellgate/shared/contracts/ids'
import type { Tx } from '@wellgate/shared/db/tx'
import type { Outbox } from '@wellgate/shared/messaging/outbox'
import { calendar } from '../calendar/calendar-repository.ts'
import { one } from '@wellgate/shared/db/query'
import { PROVIDER_NAME } from './booking-sql.ts'
import type { BookingFacts } from './booking.ts'

const bare = (booking: BookingFacts) => ({
  appointmentId: booking.id,
  patientId: PatientId.parse(booking.patientId),
  providerId: booking.providerId,
  facilityId: FacilityId.parse(booking.facilityId),
  visitTypeId: booking.visitTypeId,
  start: booking.starts.toISOString(),
  end: booking.ends.toISOString(),
})

/** Tells where an appointment stands now. Call it after the row was written. */
export async function announce(outbox: Outbox, tx: Tx, booking: BookingFacts): Promise<void> {
  const payload = { ...bare(booking), status: booking.status }
  await outbox.append(tx, appointmentChanged, { aggregateVersion: booking.version, payload })
}

/** Tells that a visit took place: what records files and billing charges. */
export async function announceCompleted(
  outbox: Outbox,
  tx: Tx,
  booking: BookingFacts,
  encounterId: string,
): Promise<void> {
  const provider = await one(tx, PROVIDER_NAME, [booking.providerId])
  const facility = await calendar.facility(tx, booking.facilityId)
  const type = await calendar.visitType(tx, booking.visitTypeId)
  if (!facility || !type) throw new Error('a booking names what there is not')
  const payload = {
    ...bare(booking),
    providerName: provider.name,
    facilityName: facility.name,
    visitTypeName: type.name,
    priceCode: type.priceCode,
    encounterId,
  }
  await outbox.append(tx, visitCompleted, { aggregateVersion: booking.version, payload })
}
