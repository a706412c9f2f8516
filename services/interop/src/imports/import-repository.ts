import { execute, maybeOne, rows, statement, type Queryable } from '@wellgate/shared/db/query'
import type { Tx } from '@wellgate/shared/db/tx'
import type { Counts } from './counts.ts'

export type ImportState = 'queued' | 'running' | 'completed' | 'failed'
/** Who answers for a chunk. */
export type ChunkService = 'patients' | 'records' | 'billing' | 'interop'

export interface ImportRow {
  readonly id: string
  readonly source: string
  readonly patient_id: string
  readonly state: ImportState
}

export interface ChunkRow {
  readonly chunk: number
  readonly service: ChunkService
  readonly state: 'sent' | 'answered'
  readonly counts: Counts
  /** Sealed: see chunk-document.ts. */
  readonly items: Buffer
}

const INSERT_IMPORT = statement(
  'interop.import-insert',
  'insert into import_job (id, source, patient_id, received_at) values ($1, $2, $3, $4)',
)
const INSERT_BUNDLE = statement(
  'interop.bundle-insert',
  'insert into received_bundle (import_id, bundle, received_at) values ($1, $2, $3)',
)
const LOCK = statement<ImportRow>(
  'interop.import-lock',
  'select id, source, patient_id, state from import_job where id = $1 for update',
)
const FIND = statement<ImportRow>(
  'interop.import-find',
  'select id, source, patient_id, state from import_job where id = $1',
)
const BUNDLE_BYTES = statement<{ bytes: number }>(
  'interop.bundle-bytes',
  'select octet_length(bundle) as bytes from received_bundle where import_id = $1',
)
const BUNDLE = statement<{ bundle: Buffer }>(
  'interop.bundle-find',
  'select bundle from received_bundle where import_id = $1',
)
const MOVE = statement(
  'interop.import-move',
  `update import_job set state = $3, finished_at = case when $3 = 'failed' then $4::timestamptz end
   where id = $1 and state = $2`,
)
// Nothing is completed that still waits for an answer, and nothing twice.
const COMPLETE = statement(
  'interop.import-complete',
  `update import_job set state = 'completed', finished_at = $2
   where id = $1 and state = 'running'
     and not exists (select from import_chunk where import_id = $1 and state = 'sent')`,
)
const INSERT_CHUNKS = statement(
  'interop.chunk-insert',
  `insert into import_chunk (import_id, chunk, service, state, counts, items)
   select $1, c.chunk, c.service, c.state, c.counts, c.items
   from unnest($2::int[], $3::text[], $4::text[], $5::jsonb[], $6::bytea[]) as c(chunk, service, state, counts, items)`,
)
const SENT_CHUNK = statement<ChunkRow>(
  'interop.chunk-sent',
  `select chunk, service, state, counts, items from import_chunk
   where import_id = $1 and chunk = $2 and service = $3 and state = 'sent'`,
)
const ANSWER_CHUNK = statement(
  'interop.chunk-answer',
  `update import_chunk set state = 'answered', counts = $3, items = $4
   where import_id = $1 and chunk = $2 and state = 'sent'`,
)
const CHUNKS = statement<ChunkRow>(
  'interop.chunks',
  'select chunk, service, state, counts, items from import_chunk where import_id = $1 order by chunk',
)
const DELETE_BUNDLES = statement(
  'interop.bundles-delete',
  `delete from received_bundle where import_id in (
     select b.import_id from received_bundle b join import_job i on i.id = b.import_id
     where i.state <> 'queued' and b.received_at < $1
     limit $2)`,
)

/** A received import and its sealed bundle, queued. */
export async function insertImport(
  tx: Tx,
  row: { id: string; source: string; patientId: string; receivedAt: Date; bundle: Buffer },
): Promise<void> {
  await execute(tx, INSERT_IMPORT, [row.id, row.source, row.patientId, row.receivedAt])
  await execute(tx, INSERT_BUNDLE, [row.id, row.bundle, row.receivedAt])
}

/** The import, locked until the transaction ends: answers of two services take turns. */
export const lockImport = (tx: Tx, id: string) => maybeOne(tx, LOCK, [id])

export const findImport = (q: Queryable, id: string) => maybeOne(q, FIND, [id])

/** How long the sealed bundle is; 0 where it was deleted for its age. */
export const bundleBytes = async (q: Queryable, id: string) => (await maybeOne(q, BUNDLE_BYTES, [id]))?.bytes ?? 0

/** The sealed bundle, unless it was deleted for its age. */
export const findBundle = async (q: Queryable, id: string) => (await maybeOne(q, BUNDLE, [id]))?.bundle

/** Moves an import that is in state `from`; false when it is not. */
export async function moveImport(
  tx: Tx,
  id: string,
  move: { from: ImportState; to: 'running' | 'failed'; at: Date },
): Promise<boolean> {
  return (await execute(tx, MOVE, [id, move.from, move.to, move.at])) === 1
}

/** Completes a running import all of whose chunks are answered; does nothing otherwise. */
export async function completeImport(tx: Tx, id: string, at: Date): Promise<boolean> {
  return (await execute(tx, COMPLETE, [id, at])) === 1
}

export async function insertChunks(tx: Tx, importId: string, chunks: readonly ChunkRow[]): Promise<void> {
  await execute(tx, INSERT_CHUNKS, [
    importId,
    chunks.map((each) => each.chunk),
    chunks.map((each) => each.service),
    chunks.map((each) => each.state),
    chunks.map((each) => JSON.stringify(each.counts)),
    chunks.map((each) => each.items),
  ])
}

/** The chunk, if it was sent to this service and has no answer yet. */
export const findSentChunk = (tx: Tx, importId: string, chunk: number, service: ChunkService) =>
  maybeOne(tx, SENT_CHUNK, [importId, chunk, service])

export async function answerChunk(
  tx: Tx,
  importId: string,
  answer: { chunk: number; counts: Counts; items: Buffer },
): Promise<void> {
  await execute(tx, ANSWER_CHUNK, [importId, answer.chunk, JSON.stringify(answer.counts), answer.items])
}

export const findChunks = (q: Queryable, importId: string) => rows(q, CHUNKS, [importId])

/** Deletes bundles received before `before`, except those still to be split, and at most `limit`; how many. */
export const deleteBundles = (q: Queryable, before: Date, limit: number) => execute(q, DELETE_BUNDLES, [before, limit])
