import { one } from '@wellgate/shared/db/query'
import type { Tx } from '@wellgate/shared/db/tx'
import { timesOf } from '../calendar/calendar.ts'
import { appointmentsErrors } from '../errors.ts'
import { calendarVersion } from '../slots/slot-sql.ts'
import type { BookingRepository, Claim } from './booking-repository.ts'
import type { CheckedSlot } from './check-slot.ts'

/** The calendar is another than the one by which the time was checked: check it again. */
export class CalendarChanged extends Error {}

/**
 * Waits for the turn of this provider, patient and facility, lets go of holds that are over, and finds a room where one is
 * needed. What is then inserted or moved is kept apart from others by the constraints.
 * @throws `slot-taken` where no room is free; CalendarChanged
 */
export async function claimSlot(
  tx: Tx,
  bookings: BookingRepository,
  patientId: string,
  { wanted, type, start, version, except }: Pick<CheckedSlot, 'wanted' | 'type' | 'start' | 'version' | 'except'>,
): Promise<Claim> {
  const { providerId, facilityId } = wanted
  await bookings.claim(tx, { providerId, patientId, roomsOf: type.needsRoom ? facilityId : null })
  if ((await one(tx, calendarVersion)).version !== version) throw new CalendarChanged('the calendar has changed')
  const times = timesOf(type, start)
  if (!type.needsRoom) return { providerId, facilityId, roomId: null, ...times }
  const roomId = await bookings.freeRoom(tx, facilityId, times.takenFrom, times.takenTo, except ?? null)
  if (roomId === undefined) throw appointmentsErrors['slot-taken']()
  return { providerId, facilityId, roomId, ...times }
}
