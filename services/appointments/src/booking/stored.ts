import type { AppointmentStatus } from '@wellgate/shared/contracts/appointments/models'
import { platformErrors } from '@wellgate/shared/errors/platform-errors'
import type { Deps } from '../deps.ts'
import type { Booking } from './booking.ts'

/** A booking that is known to be there. @throws Error where it is not: what was booked is never deleted */
export async function stored({ pool, bookings }: Pick<Deps, 'pool' | 'bookings'>, id: string): Promise<Booking> {
  const found = await bookings.find(pool, id)
  if (!found) throw new Error('a booking that was stored is gone')
  return found
}

/**
 * An appointment of a patient, or of anyone for staff (`patientId` undefined). What is only held is no appointment.
 * @throws `not-found`, for another patient's as for one that there is not
 */
export async function appointmentOf(
  { pool, bookings }: Pick<Deps, 'pool' | 'bookings'>,
  id: string,
  patientId: string | undefined,
): Promise<Booking & { readonly status: AppointmentStatus }> {
  const found = await bookings.find(pool, id)
  if (!found || found.status === 'held' || found.status === 'expired') throw platformErrors['not-found']()
  if (patientId !== undefined && found.patientId !== patientId) throw platformErrors['not-found']()
  return { ...found, status: found.status }
}
