import { visitCompleted } from '@wellgate/shared/contracts/appointments/events'
import { importPatient, importResources } from '@wellgate/shared/contracts/interop/events'
import { patientChanged, patientRegistered } from '@wellgate/shared/contracts/patients/events'
import { handle, type EventHandler } from '@wellgate/shared/messaging/handlers'
import type { Platform } from '@wellgate/shared/runtime/platform'
import type { ChartRepository } from './chart/chart-repository.ts'
import { applyImport } from './import/apply-import.ts'
import { knowPatient } from './patients/patient-repository.ts'
import { fileVisit } from './visits/file-visit.ts'

/** What this service listens to. Of patients it keeps only that they exist. */
export function recordsConsumers(platform: Platform, chart: ChartRepository): EventHandler[] {
  return [
    handle(patientRegistered, (tx, { payload }) => knowPatient(tx, payload.patientId)),
    handle(patientChanged, (tx, { payload }) => knowPatient(tx, payload.patientId)),
    handle(importPatient, (tx, { payload }) => knowPatient(tx, payload.patientId)),
    handle(importResources, (tx, event) => applyImport(platform, chart, tx, event.payload)),
    handle(visitCompleted, (tx, { payload }) => fileVisit(chart, tx, payload)),
  ]
}
