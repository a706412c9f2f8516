import { z } from 'zod'
import { event } from '../event.ts'
import { FacilityId, PatientId, Uuid } from '../ids.ts'

const appointment = {
  version: 1,
  topic: 'appointment',
  lane: 'default',
  producer: 'appointments',
  key: 'patientId',
  // What somebody sees a doctor for is theirs to tell: the kind of visit is sealed.
  protected: true,
} as const

const visit = {
  appointmentId: Uuid,
  patientId: PatientId,
  providerId: Uuid,
  providerName: z.string(),
  facilityId: FacilityId,
  facilityName: z.string(),
  visitTypeId: Uuid,
  visitTypeName: z.string(),
  start: z.iso.datetime({ offset: true }),
  end: z.iso.datetime({ offset: true }),
}

export const visitCompleted = event({
  ...appointment,
  type: 'appointment.completed',
  readers: ['records', 'billing'],
  summary: 'A visit took place: records files its encounter, billing charges for it once.',
  payload: z.object({ ...visit, encounterId: Uuid, priceCode: z.string() }),
})

export const appointmentChanged = event({
  ...appointment,
  type: 'appointment.changed',
  // For messaging, when there is one.
  readers: [],
  summary: 'An appointment was booked, moved, cancelled or went on: where it stands now.',
  payload: z.object({
    appointmentId: Uuid,
    patientId: PatientId,
    providerId: Uuid,
    facilityId: FacilityId,
    visitTypeId: Uuid,
    start: z.iso.datetime({ offset: true }),
    end: z.iso.datetime({ offset: true }),
    status: z.string(),
  }),
})

export const waitListChanged = event({
  ...appointment,
  type: 'appointment.wait-list-changed',
  // For messaging, when there is one.
  readers: [],
  summary: 'Somebody joined the wait-list, was offered a time, took or declined it, let it expire, or left.',
  payload: z.object({
    entryId: Uuid,
    patientId: PatientId,
    step: z.string(),
    start: z.iso.datetime({ offset: true }).nullable(),
    expiresAt: z.iso.datetime({ offset: true }).nullable(),
  }),
})

export const appointmentReminderDue = event({
  ...appointment,
  type: 'appointment.reminder-due',
  // For messaging, when there is one.
  readers: [],
  summary: 'It is time to remind a patient of a visit.',
  payload: z.object({
    appointmentId: Uuid,
    patientId: PatientId,
    facilityId: FacilityId,
    start: z.iso.datetime({ offset: true }),
    timeZone: z.string(),
    leadHours: z.int(),
  }),
})

export const visitTypeChanged = event({
  type: 'visit-type.changed',
  version: 1,
  topic: 'visit-type',
  lane: 'default',
  producer: 'appointments',
  key: 'visitTypeId',
  // Nothing in it is about a patient.
  protected: false,
  readers: ['billing'],
  summary: 'What a kind of visit is called, how long it takes, and the code of its price.',
  payload: z.object({
    visitTypeId: Uuid,
    name: z.string(),
    priceCode: z.string(),
    durationMinutes: z.int(),
    active: z.boolean(),
  }),
})

export const appointmentsEvents = [
  visitCompleted,
  appointmentChanged,
  waitListChanged,
  appointmentReminderDue,
  visitTypeChanged,
] as const
