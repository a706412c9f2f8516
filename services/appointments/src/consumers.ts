import { facilityChanged } from '@wellgate/shared/contracts/identity/events'
import { patientRegistered } from '@wellgate/shared/contracts/patients/events'
import { handle, type EventHandler } from '@wellgate/shared/messaging/handlers'
import { keepFacility } from './calendar/keep-facility.ts'
import { knowPatient } from './patients/patient-repository.ts'

/** What this service listens to. Of patients it keeps only that they exist. */
export const appointmentsConsumers: readonly EventHandler[] = [
  handle(facilityChanged, keepFacility),
  handle(patientRegistered, (tx, { payload }) => knowPatient(tx, payload.patientId)),
]
