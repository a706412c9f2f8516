import { appointmentsEvents } from '@wellgate/shared/contracts/appointments/events'
import { appointmentsRoutes } from '@wellgate/shared/contracts/appointments/routes'
import { defineService } from '@wellgate/shared/runtime/service'
import { createBookingRepository } from './booking/booking-repository.ts'
import { patientHandlers } from './booking/routes.ts'
import { createTurns } from './booking/turns.ts'
import { calendarHandlers } from './calendar/routes.ts'
import { visitTypeRepublisher } from './calendar/visit-type-events.ts'
import { appointmentsSlices } from './config.ts'
import { appointmentsConsumers } from './consumers.ts'
import { deskHandlers } from './desk/routes.ts'
import { fireReminders } from './reminders/fire-reminders.ts'
import { countBookings, countWaitList } from './metrics.ts'
import { createTimetable } from './slots/timetable.ts'
import { forgetPast } from './wait-list/forget-past.ts'
import { offersInTurns } from './wait-list/make-offers.ts'
import { waitHandlers } from './wait-list/routes.ts'

/** When patients are seen: hours, free times, holds and appointments. */
export const appointmentsService = defineService({
  name: 'appointments',
  slices: appointmentsSlices,
  routes: appointmentsRoutes,
  events: appointmentsEvents,
  migrations: new URL('../prisma/migrations/', import.meta.url),
  build(platform) {
    const { metrics } = platform
    const bookings = countBookings(createBookingRepository(platform.sealer), metrics)
    const outbox = countWaitList(platform.outbox, metrics)
    const deps = { ...platform, bookings, outbox, timetable: createTimetable(platform), turns: createTurns() }
    return {
      handlers: {
        ...calendarHandlers(platform),
        ...patientHandlers(deps),
        ...deskHandlers(deps),
        ...waitHandlers(deps),
      },
      consumers: appointmentsConsumers,
      republisher: visitTypeRepublisher(platform.pool),
      jobs: [
        {
          name: 'fire reminders',
          role: 'consumers',
          everyMs: 30_000,
          run: async () => void (await fireReminders(platform)),
        },
        {
          name: 'offer to the wait-list',
          role: 'consumers',
          everyMs: 1_000,
          run: offersInTurns(deps),
        },
        {
          name: 'forget what was waited for',
          role: 'consumers',
          everyMs: 60_000,
          run: () => forgetPast(platform),
        },
        {
          name: 'forget expired holds',
          role: 'http',
          everyMs: 3_600_000,
          run: async () => void (await bookings.deleteExpired(platform.pool)),
        },
      ],
    }
  },
})
