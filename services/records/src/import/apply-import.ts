import type { PayloadOf } from '@wellgate/shared/contracts/event'
import type { importResources } from '@wellgate/shared/contracts/interop/events'
import type { ItemResult } from '@wellgate/shared/contracts/interop/import-result'
import { resourcesImportApplied } from '@wellgate/shared/contracts/records/events'
import type { Tx } from '@wellgate/shared/db/tx'
import type { Platform } from '@wellgate/shared/runtime/platform'
import type { ChartRepository, Versioned } from '../chart/chart-repository.ts'
import { checkResource } from '../chart/check-resource.ts'
import { entryOf, type Entry } from '../chart/entry.ts'
import { KINDS } from '../chart/kinds.ts'
import { knowPatient } from '../patients/patient-repository.ts'
import { decide, setAside } from './decide.ts'

type Chunk = PayloadOf<typeof importResources>
type Indexed = { readonly index: number; readonly entry: Entry }

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
  const { importId, patientId, chunk: number } = chunk
  await knowPatient(tx, patientId)
  const { entries, refused } = readItems(chunk)
  const results = [...refused]
  // In the order of the lists, so that two imports lock rows in one order.
  for (const kind of KINDS) {
    const ofKind = entries.filter(({ entry }) => entry.kind === kind)
    if (ofKind.length > 0) results.push(...(await applyKind(chart, tx, chunk, ofKind)))
  }
  await outbox.append(tx, resourcesImportApplied, {
    aggregateVersion: number,
    payload: { importId, patientId, chunk: number, results: results.toSorted((a, b) => a.index - b.index) },
  })
}

/** Sorts out what is not valid. Of two items with one id the first counts: interop sends none, but a chunk must not fail. */
function readItems({ items }: Chunk): { entries: Indexed[]; refused: ItemResult[] } {
  const entries = new Map<string, Indexed>()
  const refused: ItemResult[] = []
  for (const { index, ...item } of items) {
    const checked = checkResource(item.type, item.resource)
    if (!checked.ok) refused.push({ index, ...setAside('invalid-resource', checked.detail) })
    else if (entries.has(item.id)) refused.push({ index, ...setAside('duplicate', 'An earlier item has the same id.') })
    else entries.set(item.id, { index, entry: entryOf(item, checked.resource) })
  }
  return { entries: [...entries.values()], refused }
}

/** Applies what belongs to one list: one look at what is there, one insert for all that is new, one update for the rest. */
async function applyKind(
  chart: ChartRepository,
  tx: Tx,
  { patientId, source }: Chunk,
  items: readonly Indexed[],
): Promise<ItemResult[]> {
  const [
    {
      entry: { kind },
    },
  ] = items as [Indexed]
  const ids = items.map(({ entry }) => entry.id)
  const present = new Map((await chart.present(tx, kind, ids)).map((row) => [row.id, row]))
  const results: ItemResult[] = []
  const created: Entry[] = []
  const changed: Versioned[] = []
  for (const { index, entry } of items) {
    const before = present.get(entry.id)
    const outcome = decide(before, { patientId, sourceHash: entry.sourceHash })
    results.push({ index, ...outcome })
    if (!before) created.push(entry)
    else if (outcome.outcome === 'updated') changed.push({ entry, version: before.version })
  }
  await chart.insert(tx, kind, patientId, source, created)
  await chart.update(tx, kind, patientId, changed)
  return results
}
