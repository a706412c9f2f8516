import { billingImportApplied } from '@wellgate/shared/contracts/billing/events'
import { importReceived } from '@wellgate/shared/contracts/interop/events'
import { patientImportApplied } from '@wellgate/shared/contracts/patients/events'
import { resourcesImportApplied } from '@wellgate/shared/contracts/records/events'
import { handle, type EventHandler } from '@wellgate/shared/messaging/handlers'
import { createApplyAnswer } from './imports/apply-answer.ts'
import type { ImportDeps } from './imports/import-deps.ts'
import { createSplitImport } from './imports/split-import.ts'

/** The events interop listens to. */
export const interopConsumers = (deps: ImportDeps): EventHandler[] => [
  handle(importReceived, createSplitImport(deps)),
  handle(patientImportApplied, createApplyAnswer(deps, 'patients')),
  handle(resourcesImportApplied, createApplyAnswer(deps, 'records')),
  handle(billingImportApplied, createApplyAnswer(deps, 'billing')),
]
