import type { AccountId, PatientId } from '@wellgate/shared/contracts/ids'
import type { Deps } from '../deps.ts'
import { errors } from '../errors.ts'
import { CODE_LIFETIME_MS, newActivationCode } from './activation-code.ts'
import { isKnownPatient, putCode } from './activation-repository.ts'
import { hashCode } from './code-hash.ts'

/** A patient registered a moment ago is known here only when the event has arrived. */
const WAIT_MS = 2_000
const LOOK_EVERY_MS = 50

/**
 * Issues a code for a patient; earlier ones are void. The code is shown this once and not kept.
 * @throws `unknown-patient`, after 2 s; `has-account`
 */
export async function issueCode(
  deps: Deps,
  request: { patientId: PatientId; issuedBy: AccountId },
): Promise<{ code: string; expiresAt: string }> {
  if (!(await becomesKnown(deps, request.patientId))) throw errors['unknown-patient']()
  const code = newActivationCode()
  const issuedAt = deps.now()
  const expiresAt = new Date(issuedAt.getTime() + CODE_LIFETIME_MS)
  const codeHash = hashCode(deps, code.replaceAll('-', ''))
  if (!(await putCode(deps.pool, { ...request, codeHash, issuedAt, expiresAt }))) throw errors['has-account']()
  return { code, expiresAt: expiresAt.toISOString() }
}

async function becomesKnown({ pool }: Pick<Deps, 'pool'>, patientId: PatientId): Promise<boolean> {
  const deadline = performance.now() + WAIT_MS
  for (;;) {
    if (await isKnownPatient(pool, patientId)) return true
    if (performance.now() >= deadline) return false
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS))
  }
}
