import type { Platform } from '@wellgate/shared/runtime/platform'
import type { BookingRepository } from './booking/booking-repository.ts'
import type { Turns } from './booking/turns.ts'
import type { Timetable } from './slots/timetable.ts'

/** What the use cases need. */
export type Deps = Pick<Platform, 'pool' | 'outbox' | 'now' | 'newId'> & {
  readonly bookings: BookingRepository
  readonly timetable: Timetable
  readonly turns: Turns
}
