import { z } from 'zod'
import { Day, inCalendar } from '../day.ts'
import { FacilityId, PatientId, Uuid } from '../ids.ts'
import { inOrder } from '../in-order.ts'

const name = z.string().trim().min(1).max(200)

/** A moment. A wall clock alone would be ambiguous: an offset is always sent. */
export const Moment = z.iso
  .datetime({ offset: true })
  .refine(...inCalendar)
  .describe('A time with offset, such as 2026-11-23T09:30:00Z')

/** A wall clock at a facility, `00:00` to `24:00`. */
export const WallTime = z
  .string()
  .regex(/^(([01]\d|2[0-3]):[0-5]\d|24:00)$/)
  .describe('Wall clock, `HH:MM`')

/** As identity has it. */
export const VisitFacility = z.object({ id: FacilityId, name, timeZone: z.string().describe('IANA time zone') })
export type VisitFacility = z.infer<typeof VisitFacility>

export const VisitTypeFields = z.strictObject({
  name,
  durationMinutes: z.int().min(5).max(1440),
  stepMinutes: z.int().min(5).max(1440).describe('Visits begin every so many minutes of an opening'),
  bufferBeforeMinutes: z.int().min(0).max(240).default(0),
  bufferAfterMinutes: z.int().min(0).max(240).default(0),
  needsRoom: z.boolean().default(false),
  priceCode: z.string().trim().min(1).max(40),
  horizonDays: z.int().min(1).max(730).default(90).describe('How many days ahead it can be booked'),
  minimumNoticeMinutes: z.int().min(0).max(525_600).default(0).describe('How late patients may still book'),
  changeNoticeMinutes: z.int().min(0).max(525_600).default(0).describe('How late patients may still move or cancel'),
  selfBookable: z.boolean().default(true),
  active: z.boolean().default(true),
})

export const VisitType = z.object({ id: Uuid, ...VisitTypeFields.shape })
export type VisitType = z.infer<typeof VisitType>

export const ProviderFields = z.strictObject({
  name,
  visitTypeIds: z.array(Uuid).max(200).describe('What the provider offers'),
  active: z.boolean().default(true),
})
export const Provider = z.object({ id: Uuid, ...ProviderFields.shape })
export type Provider = z.infer<typeof Provider>

export const RoomFields = z.strictObject({ name, facilityId: FacilityId, active: z.boolean().default(true) })
export const Room = z.object({ id: Uuid, ...RoomFields.shape })
export type Room = z.infer<typeof Room>

export const WeeklyOpening = z
  .strictObject({
    weekday: z.int().min(1).max(7).describe('1 is Monday'),
    from: WallTime,
    to: WallTime,
    validFrom: Day.nullable().default(null).describe('First day'),
    validTo: Day.nullable().default(null).describe('Last day'),
  })
  .refine(...inOrder('from', 'to', 'before'))
  .refine(...inOrder('validFrom', 'validTo', 'not after'))
export type WeeklyOpening = z.infer<typeof WeeklyOpening>

export const Slot = z.object({
  providerId: Uuid,
  facilityId: FacilityId,
  visitTypeId: Uuid,
  start: Moment,
  end: Moment,
})
export type Slot = z.infer<typeof Slot>

/** What a booking asks for. */
export const SlotRequest = z.strictObject({
  providerId: Uuid,
  facilityId: FacilityId,
  visitTypeId: Uuid,
  start: Moment,
})
export type SlotRequest = z.infer<typeof SlotRequest>

export const Reason = z.string().trim().min(1).max(2000)

export const APPOINTMENT_STATUSES = [
  'booked',
  'checked-in',
  'arrived',
  'in-progress',
  'completed',
  'cancelled',
  'no-show',
] as const
export const AppointmentStatus = z.enum(APPOINTMENT_STATUSES)
export type AppointmentStatus = z.infer<typeof AppointmentStatus>

export const Appointment = z.object({
  id: Uuid,
  patientId: PatientId,
  providerId: Uuid,
  facilityId: FacilityId,
  visitTypeId: Uuid,
  roomId: Uuid.nullable(),
  status: AppointmentStatus,
  start: Moment,
  end: Moment,
  timeZone: z.string().describe('Where the wall clock hangs'),
  reason: z.string().nullable().describe('Why the patient comes; sealed'),
  encounterId: Uuid.nullable().describe('Once completed'),
  version: z.int(),
})
export type Appointment = z.infer<typeof Appointment>

export const Hold = z.object({ id: Uuid, ...Slot.shape, expiresAt: Moment })

export const WAIT_STATUSES = ['waiting', 'offered', 'booked', 'left'] as const

export const WaitEntry = z.object({
  id: Uuid,
  patientId: PatientId,
  visitTypeId: Uuid,
  providerId: Uuid.nullable(),
  facilityId: FacilityId.nullable(),
  from: Moment,
  to: Moment,
  status: z.enum(WAIT_STATUSES),
  offer: z
    .object({ providerId: Uuid, facilityId: FacilityId, start: Moment, expiresAt: Moment })
    .nullable()
    .describe('A time that is held for you until then'),
})
export type WaitEntry = z.infer<typeof WaitEntry>
