import type { z } from 'zod'
import { ImportId, PatientId } from '@wellgate/shared/contracts/ids'
import type { Import } from '@wellgate/shared/contracts/interop/routes'
import { errors } from '../errors.ts'
import { openChunk } from './chunk-document.ts'
import { addCounts, setAsideIn } from './counts.ts'
import type { ImportDeps } from './import-deps.ts'
import { findChunks, findImport } from './import-repository.ts'

/** How an import stands: what was answered so far. @throws `not-found` */
export function createReadImport({ pool, sealer }: Pick<ImportDeps, 'pool' | 'sealer'>) {
  return async (importId: string): Promise<z.infer<typeof Import>> => {
    const row = await findImport(pool, importId)
    if (!row) throw errors['not-found']()
    const chunks = await findChunks(pool, importId)
    const withSetAside = chunks.filter(({ state, counts }) => state === 'answered' && setAsideIn(counts) > 0)
    const documents = await Promise.all(
      withSetAside.map(({ chunk, items }) => openChunk(sealer, { importId, chunk, patientId: row.patient_id }, items)),
    )
    return {
      id: ImportId.parse(row.id),
      state: row.state,
      patientId: PatientId.parse(row.patient_id),
      counts: addCounts(chunks.map(({ counts }) => counts)),
      setAside: documents.flatMap(({ setAside = [] }) => setAside).toSorted((a, b) => a.index - b.index),
    }
  }
}
