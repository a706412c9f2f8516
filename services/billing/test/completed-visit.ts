import { randomUUID } from 'node:crypto'
import type { visitCompleted } from '@wellgate/shared/contracts/appointments/events'
import type { PayloadOf } from '@wellgate/shared/contracts/event'
import { FacilityId, PatientId } from '@wellgate/shared/contracts/ids'

/** A visit as appointments tells of it when it is over. */
export const completedVisit = (of: {
  readonly appointmentId: string
  readonly patientId: string
  readonly priceCode: string
  readonly start: string
}): PayloadOf<typeof visitCompleted> => ({
  ...of,
  patientId: PatientId.parse(of.patientId),
  end: of.start,
  providerId: randomUUID(),
  providerName: 'Dr Grace Hopper',
  facilityId: FacilityId.parse(randomUUID()),
  facilityName: 'Main Clinic',
  visitTypeId: randomUUID(),
  visitTypeName: 'Check-up',
  encounterId: randomUUID(),
})
