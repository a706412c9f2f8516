import { importBilling } from '@wellgate/shared/contracts/interop/events'
import { handle, type EventHandler } from '@wellgate/shared/messaging/handlers'
import { applyImport } from './apply-import.ts'
import type { HistoryDeps } from './history-deps.ts'
import { createHistoryRepository } from './history-repository.ts'

/** Imported claims and explanations of benefit become billing history. */
export function historyConsumers({ sealer, outbox }: HistoryDeps): EventHandler[] {
  const history = createHistoryRepository({ sealer })
  return [handle(importBilling, (tx, { payload }) => applyImport({ outbox, history }, tx, payload))]
}
