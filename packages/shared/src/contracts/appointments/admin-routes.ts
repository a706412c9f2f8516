import { z } from 'zod'
import { Day } from '../day.ts'
import { FacilityId, PatientId, Uuid } from '../ids.ts'
import { inOrder } from '../in-order.ts'
import { route } from '../route.ts'
import { examples } from './examples.ts'
import {
  Appointment,
  Moment,
  Provider,
  ProviderFields,
  Reason,
  Room,
  RoomFields,
  SlotRequest,
  VisitType,
  VisitTypeFields,
  WeeklyOpening,
} from './models.ts'

const id = <N extends string>(name: N) => z.object({ [name]: Uuid } as Record<N, typeof Uuid>)
const admin = { kind: 'staff', roles: ['admin'] } as const
const desk = { kind: 'staff', roles: ['front-desk', 'admin'] } as const
const careTeam = { kind: 'staff', roles: ['front-desk', 'clinician'] } as const
const overrideReason = Reason.optional().describe('Why the notice of the visit type is set aside; sealed')

/** What staff do. */
export const appointmentsAdminRoutes = [
  route({
    id: 'appointments.put-visit-type',
    method: 'PUT',
    path: '/v1/admin/visit-types/:visitTypeId',
    summary: 'A kind of visit: its length, buffers, price and policy. The id is the caller’s; again does no harm.',
    access: admin,
    action: 'update',
    params: id('visitTypeId'),
    body: VisitTypeFields,
    example: examples.visitType,
    answers: { 200: VisitType },
    problems: [409],
  }),
  route({
    id: 'appointments.put-provider',
    method: 'PUT',
    path: '/v1/admin/providers/:providerId',
    summary: 'Someone who can be seen, and for which visits. The id is the caller’s; again does no harm.',
    access: admin,
    action: 'update',
    params: id('providerId'),
    body: ProviderFields,
    example: examples.provider,
    answers: { 200: Provider },
    problems: [422],
  }),
  route({
    id: 'appointments.put-room',
    method: 'PUT',
    path: '/v1/admin/rooms/:roomId',
    summary: 'A room of a facility. The id is the caller’s; again does no harm.',
    access: admin,
    action: 'update',
    params: id('roomId'),
    body: RoomFields,
    example: examples.room,
    answers: { 200: Room },
    problems: [422],
  }),
  route({
    id: 'appointments.put-availability',
    method: 'PUT',
    path: '/v1/admin/providers/:providerId/availability/:facilityId',
    summary: 'The weekly hours of a provider at a facility, by the wall clock there; replaces those there were.',
    access: desk,
    action: 'update',
    params: z.object({ providerId: Uuid, facilityId: FacilityId }),
    body: z.strictObject({ weekly: z.array(WeeklyOpening).max(200) }),
    example: examples.availability,
    answers: { 204: null },
    problems: [422],
  }),
  route({
    id: 'appointments.add-exception',
    method: 'POST',
    path: '/v1/admin/exceptions',
    summary:
      'Time off (of a provider, a facility, or one at the other) or extra hours. Bookings it hits are listed, not lost.',
    access: desk,
    action: 'create',
    idempotency: 'optional',
    body: z
      .strictObject({
        kind: z.enum(['off', 'extra']),
        providerId: Uuid.nullable().default(null),
        facilityId: FacilityId.nullable().default(null),
        start: Moment,
        end: Moment,
      })
      .refine(...inOrder('start', 'end', 'before'))
      .refine(
        ({ kind, providerId, facilityId }) =>
          kind === 'extra' ? providerId !== null && facilityId !== null : providerId !== null || facilityId !== null,
        { message: 'a provider or a facility for time off, both for extra hours' },
      ),
    example: examples.exception,
    answers: { 201: z.object({ id: Uuid, affected: z.array(Appointment) }) },
    problems: [422],
  }),
  route({
    id: 'appointments.remove-exception',
    method: 'DELETE',
    path: '/v1/admin/exceptions/:exceptionId',
    summary: 'Take an exception back.',
    access: desk,
    action: 'delete',
    params: id('exceptionId'),
    answers: { 204: null },
    problems: [404],
  }),
  route({
    id: 'appointments.read-day-sheet',
    method: 'GET',
    path: '/v1/admin/day-sheet',
    summary: 'The visits of a day at a facility, by the clock there, in order.',
    access: careTeam,
    action: 'read',
    query: z.object({ facilityId: FacilityId, date: Day, providerId: Uuid.optional() }),
    answers: { 200: z.object({ items: z.array(Appointment) }) },
    problems: [404],
  }),
  route({
    id: 'appointments.book-for-patient',
    method: 'POST',
    path: '/v1/admin/appointments',
    summary:
      'Book a free time for a patient; with a reason also within the minimum notice, or what patients may not book.',
    access: careTeam,
    action: 'create',
    idempotency: 'required',
    body: z.strictObject({ patientId: PatientId, ...SlotRequest.shape, reason: Reason.optional(), overrideReason }),
    example: examples.bookForPatient,
    answers: { 201: Appointment },
    problems: [404, 409, 422],
  }),
  route({
    id: 'appointments.reschedule-for-patient',
    method: 'POST',
    path: '/v1/admin/appointments/:appointmentId/reschedule',
    summary: 'Move a visit for a patient; with a reason also within the notice.',
    access: careTeam,
    action: 'update',
    idempotency: 'optional',
    params: id('appointmentId'),
    body: z.strictObject({
      start: Moment,
      providerId: Uuid.optional(),
      facilityId: FacilityId.optional(),
      overrideReason,
    }),
    example: examples.rescheduleForPatient,
    answers: { 200: Appointment },
    problems: [404, 409, 422],
  }),
  route({
    id: 'appointments.change-status',
    method: 'POST',
    path: '/v1/admin/appointments/:appointmentId/status',
    summary: 'Where a visit stands: arrived, in progress, completed, no-show or cancelled.',
    access: careTeam,
    action: 'update',
    params: id('appointmentId'),
    body: z.strictObject({
      action: z.enum(['check-in', 'arrive', 'begin', 'complete', 'no-show', 'cancel']),
      overrideReason,
    }),
    example: examples.changeStatus,
    answers: { 200: Appointment },
    problems: [404, 409, 422],
  }),
] as const
