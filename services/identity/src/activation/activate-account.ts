import { timingSafeEqual } from 'node:crypto'
import { AccountId, type PatientId } from '@wellgate/shared/contracts/ids'
import { withTx } from '@wellgate/shared/db/tx'
import { insertAccount } from '../accounts/account-repository.ts'
import { indexOfEmail, sealEmail } from '../accounts/email.ts'
import { hashPassword } from '../credentials/password.ts'
import type { Deps } from '../deps.ts'
import { errors } from '../errors.ts'
import { normaliseCode } from './activation-code.ts'
import { takeTryOf, useCodeOf } from './activation-repository.ts'
import { hashBirthDate, hashCode } from './code-hash.ts'

export interface Activation {
  readonly code: string
  readonly birthDate: string
  readonly email: string
  readonly password: string
}

/**
 * Opens the account of the patient that a code was issued for. A code that is wrong, used, expired, replaced or tried
 * five times, a wrong birth date, a taken e-mail and a patient with an account are answered alike, after the same
 * hashing (ASVS V6.3.8). Of twins, one has an account.
 * @throws `activation-refused`
 */
export async function activateAccount(
  deps: Deps,
  activation: Activation,
): Promise<{ accountId: AccountId; patientId: PatientId }> {
  const codeHash = hashCode(deps, normaliseCode(activation.code) ?? '')
  const passwordHash = await hashPassword(activation.password)
  const found = await takeTryOf(deps.pool, codeHash, deps.now())
  if (!found || !isSame(found.birthDateHash, hashBirthDate(deps, found.patientId, activation.birthDate))) {
    throw errors['activation-refused']()
  }
  const { patientId } = found
  const accountId = AccountId.parse(deps.newId())
  const email = await sealEmail(deps, accountId, activation.email)
  const emailIndex = indexOfEmail(deps, activation.email)
  await withTx(deps.pool, async (tx) => {
    const createdAt = deps.now()
    const used = await useCodeOf(tx, patientId, codeHash, createdAt)
    const made =
      used && (await insertAccount(tx, { id: accountId, emailIndex, email, passwordHash, patientId, createdAt }))
    if (!made) throw errors['activation-refused']()
  })
  return { accountId, patientId }
}

const isSame = (a: string, b: string): boolean => timingSafeEqual(Buffer.from(a, 'hex'), Buffer.from(b, 'hex'))
