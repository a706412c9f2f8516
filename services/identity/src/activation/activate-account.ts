import { timingSafeEqual } from 'node:crypto'
import { AccountId, type PatientId } from '@wellgate/shared/contracts/ids'
import { withTx } from '@wellgate/shared/db/tx'
import { findAccountByEmail, insertAccount } from '../accounts/account-repository.ts'
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

/** Whom and what a birth date is compared with where a code is nobody's: the work is the same. */
const NOBODY = '00000000-0000-0000-0000-000000000000'
const NO_BIRTH_DATE = '00'.repeat(32)

/**
 * Opens the account of the patient that a code was issued for. A code that is wrong, used, expired, replaced or tried
 * five times, a wrong birth date, a taken e-mail and a patient with an account are answered alike, after the same
 * hashes and statements (ASVS V6.3.8). Of twins, one has an account.
 * @throws `activation-refused`
 */
export async function activateAccount(
  deps: Deps,
  activation: Activation,
): Promise<{ accountId: AccountId; patientId: PatientId }> {
  const codeHash = hashCode(deps, normaliseCode(activation.code) ?? '')
  const emailIndex = indexOfEmail(deps, activation.email)
  // At once, so that what the database does for one and not for the other ends before the password is hashed.
  const [passwordHash, found, taken] = await Promise.all([
    hashPassword(activation.password),
    takeTryOf(deps.pool, codeHash, deps.now()),
    findAccountByEmail(deps.pool, emailIndex),
  ])
  const given = hashBirthDate(deps, found?.patientId ?? NOBODY, activation.birthDate)
  const fits = isSame(found?.birthDateHash ?? NO_BIRTH_DATE, given)
  if (!found || !fits || taken) throw errors['activation-refused']()
  const { patientId } = found
  const accountId = AccountId.parse(deps.newId())
  const email = await sealEmail(deps, accountId, activation.email)
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
