import {
  importBilling,
  importPatient,
  importResources,
  type importReceived,
} from '@wellgate/shared/contracts/interop/events'
import type { Received } from '@wellgate/shared/contracts/event'
import type { BillingType, ClinicalType } from '@wellgate/shared/contracts/interop/import-result'
import { ImportId, PatientId } from '@wellgate/shared/contracts/ids'
import { SealError } from '@wellgate/shared/crypto/failures'
import { afterCommit, type Tx } from '@wellgate/shared/db/tx'
import { chunkItems } from './chunk-items.ts'
import { bundlePlace, sealChunk } from './chunk-document.ts'
import { countItems } from './counts.ts'
import { eventItem, setAsideForeign, targetsOf, type OurIds } from './event-items.ts'
import type { ImportDeps } from './import-deps.ts'
import {
  bundleBytes,
  findBundle,
  insertChunks,
  lockImport,
  moveImport,
  type ChunkRow,
  type ImportRow,
} from './import-repository.ts'
import { isBilling, splitBundle, type SetAside, type SplitBundle, type SplitItem } from './split-bundle.ts'

const PATIENT_CHUNK = 0
/** An item whose type is known to be of one service. */
type Typed<T extends SplitItem['type']> = SplitItem & { readonly type: T }

/**
 * Splits a received bundle and sends it on in chunks, once: an import that is not queued any more is left alone. One
 * whose bundle cannot be opened (its key is gone, or the row was tampered with) has failed.
 */
export function createSplitImport(deps: ImportDeps) {
  return async (tx: Tx, { payload }: Received<typeof importReceived>): Promise<void> => {
    const row = await lockImport(tx, payload.importId)
    if (row?.state !== 'queued') return
    await deps.opened.within(await bundleBytes(tx, row.id), () => splitOne(deps, tx, row))
  }
}

async function splitOne(deps: ImportDeps, tx: Tx, row: ImportRow): Promise<void> {
  const text = await openBundle(deps, tx, row)
  const split = text === undefined ? undefined : splitBundle(text, { billing: deps.sendsBilling })
  if (!split?.patient) {
    await moveImport(tx, row.id, { from: 'queued', to: 'failed', at: deps.now() })
    afterCommit(tx, () => deps.counts.import('failed'))
    deps.log.error({ importId: row.id }, 'an import failed: its bundle cannot be opened')
    return
  }
  await moveImport(tx, row.id, { from: 'queued', to: 'running', at: deps.now() })
  await send(deps, tx, row, { ...split, patient: split.patient })
}

async function openBundle({ sealer }: ImportDeps, tx: Tx, row: ImportRow): Promise<string | undefined> {
  const sealed = await findBundle(tx, row.id)
  if (!sealed) return undefined
  try {
    const body = await sealer.open(bundlePlace(row.id, row.patient_id), sealed)
    // As checkBundle reads it: without a byte order mark.
    return new TextDecoder().decode(body)
  } catch (error) {
    if (error instanceof SealError) return undefined
    throw error
  }
}

async function send(
  deps: ImportDeps,
  tx: Tx,
  row: ImportRow,
  split: SplitBundle & { patient: SplitItem },
): Promise<void> {
  const { items, patient } = split
  const known = [patient, ...items.flatMap(targetsOf), ...targetsOf(patient)]
  const ids: OurIds = {
    patientId: row.patient_id,
    crosswalk: await deps.crosswalk.resolve(tx, row.source, row.patient_id, { wanted: items, known }),
  }
  const { mine, foreign } = setAsideForeign(items, ids)
  const chunks = chunkItems(mine.filter(({ type }) => !isBilling(type)))
  const billing = chunkItems(mine.filter(({ type }) => isBilling(type)))
  // Numbered on through both services: a chunk is known by its number.
  const firstOfBilling = chunks.length + 1
  const setAside = [...split.setAside, ...foreign]
  const facts = { importId: ImportId.parse(row.id), patientId: PatientId.parse(row.patient_id), source: row.source }

  await insertChunks(tx, row.id, [
    await sentRow(deps, row, PATIENT_CHUNK, 'patients', [patient]),
    ...(await Promise.all(chunks.map((chunk, at) => sentRow(deps, row, at + 1, 'records', chunk)))),
    ...(await Promise.all(billing.map((chunk, at) => sentRow(deps, row, firstOfBilling + at, 'billing', chunk)))),
    await setAsideRow(deps, tx, row, firstOfBilling + billing.length, setAside),
  ])
  await deps.outbox.append(tx, importPatient, {
    aggregateVersion: PATIENT_CHUNK,
    payload: { ...facts, chunk: PATIENT_CHUNK, items: [eventItem({ ...patient, type: 'Patient' }, ids, deps.hashOf)] },
  })
  for (const [at, chunk] of chunks.entries()) {
    const sent = chunk.map((item) => eventItem(item as Typed<ClinicalType>, ids, deps.hashOf))
    const payload = { ...facts, chunk: at + 1, items: sent }
    await deps.outbox.append(tx, importResources, { aggregateVersion: at + 1, payload })
  }
  for (const [at, chunk] of billing.entries()) {
    const sent = chunk.map((item) => eventItem(item as Typed<BillingType>, ids, deps.hashOf))
    const payload = { ...facts, chunk: firstOfBilling + at, items: sent }
    await deps.outbox.append(tx, importBilling, { aggregateVersion: firstOfBilling + at, payload })
  }
}

async function sentRow(
  deps: ImportDeps,
  row: ImportRow,
  chunk: number,
  service: 'patients' | 'records' | 'billing',
  items: readonly SplitItem[],
): Promise<ChunkRow> {
  const pending = items.map(({ index, type, sourceId }) => ({ index, type, sourceId }))
  const sealed = await sealChunk(deps.sealer, { importId: row.id, chunk, patientId: row.patient_id }, { pending })
  return { chunk, service, state: 'sent', counts: {}, items: sealed }
}

async function setAsideRow(
  deps: ImportDeps,
  tx: Tx,
  row: ImportRow,
  chunk: number,
  setAside: readonly SetAside[],
): Promise<ChunkRow> {
  const sealed = await sealChunk(deps.sealer, { importId: row.id, chunk, patientId: row.patient_id }, { setAside })
  const counts = countItems(setAside.map(({ type }) => ({ type, outcome: 'setAside' })))
  afterCommit(tx, () => deps.counts.resources(counts))
  return { chunk, service: 'interop', state: 'answered', counts, items: sealed }
}
