import { importBilling } from '@wellgate/shared/contracts/interop/events'
import { handlePrepared, type EventHandler } from '@wellgate/shared/messaging/handlers'
import { applyImport, prepareImport } from './apply-import.ts'
import type { HistoryDeps } from './history-deps.ts'
import { createHistoryRepository } from './history-repository.ts'

/** Imported claims and explanations of benefit become billing history. */
export function historyConsumers({ sealer, outbox }: HistoryDeps): EventHandler[] {
  const history = createHistoryRepository({ sealer })
  return [
    handlePrepared(
      importBilling,
      ({ payload }) => prepareImport(history, payload),
      (tx, { payload }, bills) => applyImport({ outbox, history }, tx, payload, bills),
    ),
  ]
}
