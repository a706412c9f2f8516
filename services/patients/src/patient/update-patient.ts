import { withTx } from '@wellgate/shared/db/tx'
import { platformErrors } from '@wellgate/shared/errors/platform-errors'
import type { Platform } from '@wellgate/shared/runtime/platform'
import { assertBirthDate } from './birth-date.ts'
import { applyPatch, isSame, type Patch } from './patch.ts'
import type { StoredPatient } from './patient.ts'
import { changed } from './patient-events.ts'
import type { PatientRepository } from './patient-repository.ts'

/**
 * Applies a merge patch to version `ifMatch` of a patient; a patch that changes nothing makes no version. The version is
 * checked again by the UPDATE itself, so of two at once one wins.
 * @throws `invalid-request` for a birth date that nobody here can have, `not-found`, `precondition-failed`
 */
export async function updatePatient(
  { pool, outbox, now }: Pick<Platform, 'pool' | 'outbox' | 'now'>,
  patients: PatientRepository,
  request: { id: string; ifMatch: number; patch: Patch },
): Promise<StoredPatient> {
  if (request.patch.birthDate !== undefined) assertBirthDate(request.patch.birthDate, now())
  const before = await patients.find(pool, request.id)
  if (!before) throw platformErrors['not-found']()
  if (before.version !== request.ifMatch) throw platformErrors['precondition-failed']()
  const document = applyPatch(before.document, request.patch)
  if (isSame(before.document, document)) return before

  const sealed = await patients.seal({ ...before, document })
  return withTx(pool, async (tx) => {
    const { version: prior, sourceHash } = before
    const version = await patients.update(tx, sealed, { version: prior, sourceHash, locallyChanged: true })
    if (version === undefined) throw platformErrors['precondition-failed']()
    const after = { ...before, version, locallyChanged: true, document }
    const { contract, ...event } = changed(after)
    await outbox.append(tx, contract, event)
    return after
  })
}
