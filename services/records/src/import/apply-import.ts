import type { importResources } from '@wellgate/shared/contracts/interop/events'
import type { ItemResult } from '@wellgate/shared/contracts/interop/import-result'
import type { PayloadOf } from '@wellgate/shared/contracts/event'
import { resourcesImportApplied } from '@wellgate/shared/contracts/records/events'
import type { Tx } from '@wellgate/shared/db/tx'
import type { Platform } from '@wellgate/shared/runtime/platform'
import type { ChartRepository } from '../chart/chart-repository.ts'
import { documentOf, type Entry } from '../chart/entry.ts'
import { categoriesOf, codesOf } from '../chart/facts.ts'
import { checkResource } from '../chart/check-resource.ts'
import { KIND_OF, KINDS } from '../chart/kinds.ts'
import { knowPatient } from '../patients/patient-repository.ts'
import { decide } from './decide.ts'

type Chunk = PayloadOf<typeof importResources>
type Item = Chunk['items'][number]

/**
 * Applies a chunk of an import and answers with what became of each item, in the consumer's transaction. A resource that
 * is not valid is set aside and named; it never stops the others.
 */
export async function applyImport(
  { outbox }: Pick<Platform, 'outbox'>,
  chart: ChartRepository,
  tx: Tx,
  chunk: Chunk,
): Promise<void> {
  const { importId, patientId, source } = chunk
  await knowPatient(tx, patientId)
  const results: ItemResult[] = []
  const entries: { index: number; entry: Entry }[] = []
  for (const item of chunk.items) {
    const entry = entryOf(item)
    if ('detail' in entry)
      results.push({ index: item.index, outcome: 'set-aside', code: 'invalid-resource', detail: entry.detail })
    else entries.push({ index: item.index, entry })
  }
  for (const kind of KINDS) {
    const ofKind = entries.filter(({ entry }) => entry.kind === kind)
    if (ofKind.length === 0) continue
    const present = new Map(
      (
        await chart.present(
          tx,
          kind,
          ofKind.map(({ entry }) => entry.id),
        )
      ).map((row) => [row.id, row]),
    )
    const created: Entry[] = []
    for (const { index, entry } of ofKind) {
      const decision = decide(present.get(entry.id), { patientId, sourceHash: entry.sourceHash })
      results.push({ index, ...decision.result })
      if (decision.result.outcome === 'created') created.push(entry)
      if (decision.result.outcome === 'updated') await chart.update(tx, patientId, decision.version, entry)
    }
    await chart.insert(tx, kind, patientId, source, created)
  }
  await outbox.append(tx, resourcesImportApplied, {
    aggregateVersion: chunk.chunk,
    payload: { importId, patientId, chunk: chunk.chunk, results: results.toSorted((a, b) => a.index - b.index) },
  })
}

function entryOf(item: Item): Entry | { readonly detail: string } {
  const checked = checkResource(item.type, item.resource)
  if (!checked.ok) return { detail: checked.detail }
  return {
    kind: KIND_OF[item.type],
    id: item.id,
    encounterId: item.encounterId,
    sourceHash: item.sourceHash,
    status: checked.status,
    clinicalTime: checked.clinicalTime,
    categories: categoriesOf(checked.resource),
    codes: codesOf(item.type, checked.resource),
    document: documentOf(item.resource, item.performers, item.links),
  }
}
