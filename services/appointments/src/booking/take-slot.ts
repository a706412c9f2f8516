import { isDeepStrictEqual } from 'node:util'
import { one } from '@wellgate/shared/db/query'
import type { Tx } from '@wellgate/shared/db/tx'
import { timesOf } from '../calendar/calendar.ts'
import { appointmentsErrors } from '../errors.ts'
import { isTurn } from '../slots/agenda.ts'
import { type Place, readCalendar } from '../slots/calendar.ts'
import { calendarVersion } from '../slots/slot-sql.ts'
import type { BookingRepository, Claim } from './booking-repository.ts'
import type { CheckedSlot } from './check-slot.ts'

/** The calendar is another than the one by which the time was checked, and that may matter: check it again. */
export class CalendarChanged extends Error {}

type Wanted = Pick<CheckedSlot, 'wanted' | 'type' | 'start' | 'version' | 'except'>

/**
 * Waits for the turn of this provider, patient and facility, lets go of holds that are over, and finds a room where one is
 * needed. What is then inserted or moved is kept apart from others by the constraints.
 * @throws `slot-taken` where no room is free; CalendarChanged
 */
export async function claimSlot(tx: Tx, bookings: BookingRepository, patientId: string, slot: Wanted): Promise<Claim> {
  const { wanted, type, start, version, except } = slot
  const { providerId, facilityId } = wanted
  await bookings.claim(tx, { providerId, patientId, roomsOf: type.needsRoom ? facilityId : null })
  const changed = (await one(tx, calendarVersion)).version !== version
  if (changed && !(await stands(tx, slot))) throw new CalendarChanged('the calendar has changed')
  const times = timesOf(type, start)
  if (!type.needsRoom) return { providerId, facilityId, roomId: null, ...times }
  const roomId = await bookings.freeRoom(tx, facilityId, times.takenFrom, times.takenTo, except ?? null)
  if (roomId === undefined) throw appointmentsErrors['slot-taken']()
  return { providerId, facilityId, roomId, ...times }
}

/**
 * Whether the time and the kind of visit are as they were checked, whatever else has changed. Call it after `claim`, which
 * keeps the calendar from being changed. Without it nobody could book while the hours of many are put one after the other.
 */
async function stands(tx: Tx, { wanted, type, start }: Wanted): Promise<boolean> {
  const { visitTypes, places } = await readCalendar(tx, start)
  const isWanted = ({ providerId, facilityId }: Place): boolean =>
    providerId === wanted.providerId && facilityId === wanted.facilityId
  const place = places.get(type.id)?.find(isWanted)
  const stored = visitTypes.get(type.id)
  return place !== undefined && isDeepStrictEqual(stored, { ...stored, ...type }) && isTurn(place, type, start)
}
