import type { Place, Sealer } from '@wellgate/shared/crypto/sealer'
import type { SetAside } from './split-bundle.ts'

/** An item that was sent: what names it when its service sets it aside. */
export interface PendingItem {
  readonly index: number
  readonly type: string
  readonly sourceId: string
}

/** What a chunk's sealed column holds: sources' ids identify a patient. */
export interface ChunkDocument {
  /** Until the answer. */
  readonly pending?: readonly PendingItem[]
  /** After it. */
  readonly setAside?: readonly SetAside[]
}

export interface ChunkKey {
  readonly importId: string
  readonly chunk: number
  readonly patientId: string
}

const placeOf = ({ importId, chunk, patientId }: ChunkKey): Place => ({
  table: 'import_chunk',
  column: 'items',
  row: `${importId}/${chunk}`,
  patient: patientId,
})

export const sealChunk = (sealer: Sealer, key: ChunkKey, document: ChunkDocument): Promise<Buffer> =>
  sealer.sealValue(placeOf(key), document)

export const openChunk = (sealer: Sealer, key: ChunkKey, sealed: Buffer): Promise<ChunkDocument> =>
  sealer.openValue<ChunkDocument>(placeOf(key), sealed)

export const bundlePlace = (importId: string, patientId: string): Place => ({
  table: 'received_bundle',
  column: 'bundle',
  row: importId,
  patient: patientId,
})
