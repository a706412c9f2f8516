import { importPatient } from '@wellgate/shared/contracts/interop/events'
import { type EventHandler, handle } from '@wellgate/shared/messaging/handlers'
import type { Platform } from '@wellgate/shared/runtime/platform'
import { applyImport } from './import/import-patient.ts'
import type { PatientRepository } from './patient/patient-repository.ts'

/** What this service listens to. */
export function patientConsumers(platform: Platform, patients: PatientRepository): EventHandler[] {
  return [handle(importPatient, (tx, event) => applyImport(platform, patients, tx, event))]
}
