import type { billingImportApplied } from '@wellgate/shared/contracts/billing/events'
import type { Received } from '@wellgate/shared/contracts/event'
import type { ItemResult } from '@wellgate/shared/contracts/interop/import-result'
import type { patientImportApplied } from '@wellgate/shared/contracts/patients/events'
import type { resourcesImportApplied } from '@wellgate/shared/contracts/records/events'
import { afterCommit, type Tx } from '@wellgate/shared/db/tx'
import { openChunk, sealChunk, type PendingItem } from './chunk-document.ts'
import { countItems, outcomeOf } from './counts.ts'
import type { ImportDeps } from './import-deps.ts'
import { answerChunk, completeImport, findSentChunk, lockImport } from './import-repository.ts'
import type { SetAside } from './split-bundle.ts'

type Answer = Received<typeof patientImportApplied | typeof resourcesImportApplied | typeof billingImportApplied>

/**
 * Takes a service's answer for a chunk, once, and completes the import with the last one. Answers for what is not known
 * here, was answered before, or was sent to another service change nothing.
 */
export function createApplyAnswer(deps: ImportDeps, service: 'patients' | 'records' | 'billing') {
  return async (tx: Tx, { payload }: Answer): Promise<void> => {
    const { importId, patientId, chunk } = payload
    const row = await lockImport(tx, importId)
    if (row?.patient_id !== patientId) return
    const sent = await findSentChunk(tx, importId, chunk, service)
    if (!sent) return
    const key = { importId, chunk, patientId }
    const { pending = [] } = await openChunk(deps.sealer, key, sent.items)
    const { counts, setAside } = settle(pending, payload.results)
    const items = await sealChunk(deps.sealer, key, { setAside })
    await answerChunk(tx, importId, { chunk, counts, items })
    const completed = await completeImport(tx, importId, deps.now())
    afterCommit(tx, () => {
      deps.counts.resources(counts)
      if (completed) deps.counts.import('completed')
    })
  }
}

const UNANSWERED = {
  outcome: 'set-aside',
  code: 'unanswered',
  detail: 'The service did not say what became of it',
} as const

/** Every item that was sent ends in one count, whatever the answer leaves out or adds. */
export function settle(pending: readonly PendingItem[], results: readonly ItemResult[]) {
  const byIndex = new Map(results.map((result) => [result.index, result]))
  const settled = pending.map((item) => ({ item, result: byIndex.get(item.index) ?? UNANSWERED }))
  const setAside: SetAside[] = settled.flatMap(({ item, result: { outcome, code, detail } }) =>
    outcome === 'set-aside' ? [{ ...item, code: code ?? 'refused', detail: detail ?? '' }] : [],
  )
  const counts = countItems(
    settled.map(({ item, result }) => ({ type: item.type, outcome: outcomeOf(result.outcome) })),
  )
  return { counts, setAside }
}
