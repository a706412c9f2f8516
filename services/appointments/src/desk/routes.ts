import type { appointmentsRoutes } from '@wellgate/shared/contracts/appointments/routes'
import { platformErrors } from '@wellgate/shared/errors/platform-errors'
import type { Handlers } from '@wellgate/shared/http/handlers'
import { bookSlot } from '../booking/book.ts'
import { toAppointment } from '../booking/booking.ts'
import { changeStatus } from '../booking/change-status.ts'
import { reschedule } from '../booking/reschedule.ts'
import { calendar } from '../calendar/calendar-repository.ts'
import type { Deps } from '../deps.ts'
import { isKnown } from '../patients/patient-repository.ts'
import { addException } from './add-exception.ts'
import { dayIn } from './day.ts'

type DeskRoutes = `appointments.${
  | 'add-exception'
  | 'read-day-sheet'
  | 'book-for-patient'
  | 'reschedule-for-patient'
  | 'change-status'}`

/** What the front desk and clinicians do for patients. */
export function deskHandlers(deps: Deps): Pick<Handlers<typeof appointmentsRoutes>, DeskRoutes> {
  const { pool, bookings } = deps
  return {
    'appointments.add-exception': async ({ body, idempotencyKey, note }) => {
      const { id, affected } = await addException(deps, body, idempotencyKey)
      note({ patientIds: [...new Set(affected.map(({ patientId }) => patientId))] })
      return { status: 201, body: { id, affected: affected.map(toAppointment) } }
    },
    'appointments.read-day-sheet': async ({ query, note }) => {
      const { facilityId, date, providerId } = query
      const facility = await calendar.facility(pool, facilityId)
      if (!facility) throw platformErrors['not-found']()
      const found = await bookings.ofDay(pool, { facilityId, ...dayIn(facility.timeZone, date), providerId })
      note({ patientIds: [...new Set(found.map(({ patientId }) => patientId))] })
      return { status: 200, body: { items: found.map(toAppointment) } }
    },
    'appointments.book-for-patient': async ({ body, actor, idempotencyKey, subject }) => {
      const { patientId, reason, overrideReason } = body
      subject(patientId)
      if (!(await isKnown(pool, patientId))) throw platformErrors['not-found']()
      const asker = { staff: true, overrideReason }
      const request = { patientId, by: actor.accountId, asker, reason, key: idempotencyKey }
      return { status: 201, body: toAppointment(await bookSlot(deps, body, request)) }
    },
    'appointments.reschedule-for-patient': async ({ params, body, actor, idempotencyKey, subject }) => {
      const { overrideReason, ...to } = body
      const asker = { staff: true, overrideReason }
      const whose = { id: params.appointmentId, patientId: undefined, by: actor.accountId }
      const moved = await reschedule(deps, { ...whose, asker, ...to, key: idempotencyKey })
      subject(moved.patientId)
      return { status: 200, body: toAppointment(moved) }
    },
    'appointments.change-status': async ({ params, body, actor, subject }) => {
      const asker = { staff: true, overrideReason: body.overrideReason }
      const whose = { id: params.appointmentId, patientId: undefined, by: actor.accountId }
      const after = await changeStatus(deps, { ...whose, asker, action: body.action })
      subject(after.patientId)
      return { status: 200, body: toAppointment(after) }
    },
  }
}
