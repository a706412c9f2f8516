import type { z } from 'zod'
import { type Appointment, AppointmentStatus } from '@wellgate/shared/contracts/appointments/models'
import { FacilityId, PatientId } from '@wellgate/shared/contracts/ids'

/** What is sealed of a booking. */
export interface BookingDocument {
  readonly reason: string | null
  /** Each time that staff set a rule aside. */
  readonly overrides: readonly { readonly by: string; readonly at: string; readonly why: string }[]
}

export const NO_DOCUMENT: BookingDocument = { reason: null, overrides: [] }

export type BookingStatus = AppointmentStatus | 'held' | 'expired'

export interface Booking {
  readonly id: string
  readonly patientId: string
  readonly providerId: string
  readonly facilityId: string
  readonly visitTypeId: string
  readonly roomId: string | null
  readonly status: BookingStatus
  readonly starts: Date
  readonly ends: Date
  readonly holdExpiresAt: Date | null
  readonly encounterId: string | null
  readonly version: number
  readonly timeZone: string
  readonly document: BookingDocument
}

/** What others are told of a booking. */
export type BookingFacts = Pick<
  Booking,
  'id' | 'patientId' | 'providerId' | 'facilityId' | 'visitTypeId' | 'starts' | 'ends' | 'version'
> & { readonly status: AppointmentStatus }

/** The appointment as the API shows it. @throws ZodError for what is only held */
export function toAppointment(booking: Booking): z.input<typeof Appointment> {
  const { id, providerId, visitTypeId, roomId, encounterId, version, timeZone, document } = booking
  return {
    id,
    patientId: PatientId.parse(booking.patientId),
    providerId,
    facilityId: FacilityId.parse(booking.facilityId),
    visitTypeId,
    roomId,
    status: AppointmentStatus.parse(booking.status),
    start: booking.starts.toISOString(),
    end: booking.ends.toISOString(),
    timeZone,
    reason: document.reason,
    encounterId,
    version,
  }
}

/** The document after staff set a rule aside; as it was where they did not. */
export function withOverride(
  document: BookingDocument,
  by: string,
  at: Date,
  why: string | undefined,
): BookingDocument {
  if (why === undefined) return document
  return { ...document, overrides: [...document.overrides, { by, at: at.toISOString(), why }] }
}
