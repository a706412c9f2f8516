import { visitCompleted, visitTypeChanged } from '@wellgate/shared/contracts/appointments/events'
import { patientChanged, patientRegistered } from '@wellgate/shared/contracts/patients/events'
import { handle, handlePrepared, type EventHandler } from '@wellgate/shared/messaging/handlers'
import { chargeVisit, prepareVisit } from './charges/charge-visit.ts'
import type { Deps } from './deps.ts'
import { keepVisitType } from './estimates/visit-type-repository.ts'
import { historyConsumers } from './history/consumers.ts'
import { knowPatient } from './patient-repository.ts'

/** What this service listens to. Of patients it keeps only that they exist. */
export function billingConsumers(deps: Deps): EventHandler[] {
  return [
    handle(patientRegistered, (tx, { payload }) => knowPatient(tx, payload.patientId)),
    handle(patientChanged, (tx, { payload }) => knowPatient(tx, payload.patientId)),
    handle(visitTypeChanged, keepVisitType),
    handlePrepared(
      visitCompleted,
      ({ payload }) => prepareVisit(deps, payload),
      (tx, _, visit) => chargeVisit(deps, tx, visit),
    ),
    ...historyConsumers(deps),
  ]
}
