import { z } from 'zod'
import { FacilityId, PatientRef, Uuid } from '../ids.ts'
import { inOrder } from '../in-order.ts'
import { route } from '../route.ts'
import { examples } from './examples.ts'
import { Appointment, Moment, WaitEntry } from './models.ts'

const entryId = z.object({ entryId: Uuid })
const own = { access: { kind: 'authenticated' }, action: 'update', params: entryId } as const
const nothing = z.strictObject({}).optional()

/** Waiting for a time that is not free yet. */
export const appointmentsWaitRoutes = [
  route({
    id: 'appointments.join-wait-list',
    method: 'POST',
    path: '/v1/wait-list',
    summary: 'Wait for a time: as soon as one that fits is free, it is held for you for 15 minutes.',
    access: { kind: 'authenticated' },
    action: 'create',
    idempotency: 'optional',
    body: z
      .strictObject({
        visitTypeId: Uuid,
        providerId: Uuid.nullable().default(null),
        facilityId: FacilityId.nullable().default(null),
        from: Moment,
        to: Moment,
      })
      .refine(...inOrder('from', 'to', 'before')),
    example: examples.joinWaitList,
    answers: { 201: WaitEntry },
    problems: [403, 404, 409, 422],
  }),
  route({
    id: 'appointments.list-waiting',
    method: 'GET',
    path: '/v1/patients/:patientId/wait-list',
    summary: 'What a patient waits for, and what is offered, among the latest 100.',
    access: { kind: 'patient', roles: ['front-desk', 'clinician'] },
    action: 'read',
    params: z.object({ patientId: PatientRef }),
    answers: { 200: z.object({ items: z.array(WaitEntry), next: z.string().nullable() }) },
  }),
  route({
    id: 'appointments.accept-offer',
    method: 'POST',
    path: '/v1/wait-list/:entryId/accept',
    summary: 'Book what is offered.',
    ...own,
    body: nothing,
    answers: { 201: Appointment },
    problems: [404, 409, 410],
  }),
  route({
    id: 'appointments.decline-offer',
    method: 'POST',
    path: '/v1/wait-list/:entryId/decline',
    summary: 'Let the next in line have it, and wait on.',
    ...own,
    body: nothing,
    answers: { 200: WaitEntry },
    problems: [404, 409],
  }),
  route({
    id: 'appointments.leave-wait-list',
    method: 'DELETE',
    path: '/v1/wait-list/:entryId',
    summary: 'Wait no longer; what is offered goes to the next in line.',
    ...own,
    answers: { 204: null },
    problems: [404],
  }),
] as const
