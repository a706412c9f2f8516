import { importReceived } from '@wellgate/shared/contracts/interop/events'
import { ImportId, PatientId } from '@wellgate/shared/contracts/ids'
import { afterCommit, withTx } from '@wellgate/shared/db/tx'
import { checkBundle } from './check-bundle.ts'
import { bundlePlace } from './chunk-document.ts'
import type { ImportDeps } from './import-deps.ts'
import { insertImport } from './import-repository.ts'

export interface ReceivedImport {
  readonly id: ImportId
  readonly patientId: PatientId
}

/** More than two mean that the crosswalk forgets, which it cannot. */
const MAX_ATTEMPTS = 3

/**
 * Takes a bundle in: checks it, gives its patient an id, keeps it sealed, and sends word that it is there. A refused one
 * leaves nothing behind. The same bundle again is a new import.
 * @throws `not-json`, `invalid-bundle`
 */
export function createReceiveImport(deps: ImportDeps) {
  const receive = async (body: Uint8Array, source: string): Promise<ReceivedImport> => {
    const { patientSourceId } = checkBundle(body)
    for (let attempt = 1; attempt <= MAX_ATTEMPTS; attempt++) {
      const received = await take(deps, { body, source, patientSourceId })
      if (received) return received
    }
    throw new Error('the crosswalk gave a patient another id each time')
  }
  return (body: Uint8Array, source: string): Promise<ReceivedImport> =>
    deps.opened.within(body.byteLength, () => receive(body, source))
}

/**
 * Undefined when another import gave the patient an id meanwhile. The bundle is sealed before the transaction, since a
 * data key may need a connection of the same pool; sealing needs the id, so the id is proposed first.
 */
async function take(
  deps: ImportDeps,
  { body, source, patientSourceId }: { body: Uint8Array; source: string; patientSourceId: string },
): Promise<ReceivedImport | undefined> {
  const { pool, crosswalk, sealer, outbox } = deps
  const proposed = await crosswalk.proposePatient(pool, source, patientSourceId)
  const importId = ImportId.parse(deps.newId())
  const bundle = await sealer.seal(
    bundlePlace(importId, proposed),
    Buffer.from(body.buffer, body.byteOffset, body.byteLength),
  )
  return withTx(pool, async (tx) => {
    const kept = await crosswalk.keepPatient(tx, source, patientSourceId, proposed)
    if (kept !== proposed) return undefined
    const patientId = PatientId.parse(kept)
    await insertImport(tx, { id: importId, source, patientId, receivedAt: deps.now(), bundle })
    await outbox.append(tx, importReceived, { aggregateVersion: 0, payload: { importId, patientId } })
    afterCommit(tx, () => deps.counts.import('received'))
    return { id: importId, patientId }
  })
}
