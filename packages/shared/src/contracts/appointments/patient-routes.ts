import { z } from 'zod'
import { FacilityId, PatientRef, Uuid } from '../ids.ts'
import { inOrder } from '../in-order.ts'
import { route } from '../route.ts'
import { examples } from './examples.ts'
import { Appointment, Hold, Moment, Provider, Reason, Slot, SlotRequest, VisitFacility, VisitType } from './models.ts'

const pageQuery = {
  limit: z.coerce.number().int().min(1).max(100).default(20),
  cursor: z.string().max(500).optional(),
}
const page = <S extends z.ZodType>(item: S) => z.object({ items: z.array(item), next: z.string().nullable() })
const appointmentId = z.object({ appointmentId: Uuid })
const authenticated = { kind: 'authenticated' } as const

/** What patients do, and what everyone who is logged in may look at. */
export const appointmentsPatientRoutes = [
  route({
    id: 'appointments.list-visit-types',
    method: 'GET',
    path: '/v1/visit-types',
    summary: 'The kinds of visit that are offered.',
    access: authenticated,
    action: 'read',
    query: z.object(pageQuery),
    answers: { 200: page(VisitType) },
  }),
  route({
    id: 'appointments.list-providers',
    method: 'GET',
    path: '/v1/providers',
    summary: 'Who can be seen, and for which visits.',
    access: authenticated,
    action: 'read',
    query: z.object(pageQuery),
    answers: { 200: page(Provider) },
  }),
  route({
    id: 'appointments.list-facilities',
    method: 'GET',
    path: '/v1/facilities',
    summary: 'Where visits take place, with the time zone of the clock there.',
    access: authenticated,
    action: 'read',
    query: z.object(pageQuery),
    answers: { 200: page(VisitFacility) },
  }),
  route({
    id: 'appointments.find-slots',
    method: 'GET',
    path: '/v1/slots',
    summary:
      'Free times for a visit, soonest first: at most 92 days at once, and none at which the patient has a visit or a hold. Where most is taken a page may hold fewer than asked for, or none: as long as there is a `next`, there may be more.',
    access: authenticated,
    action: 'search',
    query: z
      .object({
        visitTypeId: Uuid,
        providerId: Uuid.optional(),
        facilityId: FacilityId.optional(),
        patientId: PatientRef.optional().describe('Whom it is for: by default you; the care team may name a patient'),
        from: Moment,
        to: Moment,
        ...pageQuery,
      })
      .refine(...inOrder('from', 'to', 'before')),
    answers: { 200: page(Slot) },
    problems: [404, 422],
  }),
  route({
    id: 'appointments.hold-slot',
    method: 'POST',
    path: '/v1/holds',
    summary: 'Keep a free time for ten minutes; at most three at once. A loser hears the nearest free times.',
    access: authenticated,
    action: 'create',
    idempotency: 'optional',
    body: SlotRequest,
    example: examples.slot,
    answers: { 201: Hold },
    problems: [403, 404, 409, 422],
  }),
  route({
    id: 'appointments.release-hold',
    method: 'DELETE',
    path: '/v1/holds/:holdId',
    summary: 'Give a held time back.',
    access: authenticated,
    action: 'delete',
    params: z.object({ holdId: Uuid }),
    answers: { 204: null },
    problems: [404],
  }),
  route({
    id: 'appointments.book',
    method: 'POST',
    path: '/v1/appointments',
    summary: 'Book what is held, or a free time at once. A loser hears the nearest free times.',
    access: authenticated,
    action: 'create',
    idempotency: 'required',
    body: z.union([
      z.strictObject({ patientId: PatientRef.default('me'), holdId: Uuid, reason: Reason.optional() }),
      z.strictObject({ patientId: PatientRef.default('me'), ...SlotRequest.shape, reason: Reason.optional() }),
    ]),
    example: examples.book,
    answers: { 201: Appointment },
    problems: [403, 404, 409, 410, 422],
  }),
  route({
    id: 'appointments.list-of-patient',
    method: 'GET',
    path: '/v1/patients/:patientId/appointments',
    summary: 'Appointments of a patient, latest first.',
    access: { kind: 'patient', roles: ['front-desk', 'clinician'] },
    action: 'read',
    params: z.object({ patientId: PatientRef }),
    query: z.object(pageQuery),
    answers: { 200: page(Appointment) },
  }),
  route({
    id: 'appointments.reschedule',
    method: 'POST',
    path: '/v1/appointments/:appointmentId/reschedule',
    summary: 'Move a visit: the old time is kept until the new one is had.',
    access: authenticated,
    action: 'update',
    idempotency: 'optional',
    params: appointmentId,
    body: z.strictObject({
      start: Moment,
      providerId: Uuid.optional(),
      facilityId: FacilityId.optional(),
    }),
    example: examples.reschedule,
    answers: { 200: Appointment },
    problems: [403, 404, 409, 422],
  }),
  route({
    id: 'appointments.cancel',
    method: 'POST',
    path: '/v1/appointments/:appointmentId/cancel',
    summary: 'Cancel a visit; the time is free again at once.',
    access: authenticated,
    action: 'update',
    params: appointmentId,
    body: z.strictObject({}).optional(),
    answers: { 200: Appointment },
    problems: [404, 409, 422],
  }),
  route({
    id: 'appointments.check-in',
    method: 'POST',
    path: '/v1/appointments/:appointmentId/check-in',
    summary: 'Say that you are here, or will be: from a day before the visit to its end.',
    access: authenticated,
    action: 'update',
    params: appointmentId,
    body: z.strictObject({}).optional(),
    answers: { 200: Appointment },
    problems: [404, 409, 422],
  }),
] as const
