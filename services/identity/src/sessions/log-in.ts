import { SessionId } from '@wellgate/shared/contracts/ids'
import { withTx } from '@wellgate/shared/db/tx'
import { platformErrors } from '@wellgate/shared/errors/platform-errors'
import type { DomainError } from '@wellgate/shared/errors/problem'
import { findAccountByEmail } from '../accounts/account-repository.ts'
import { indexOfEmail } from '../accounts/email.ts'
import type { Account } from '../accounts/account.ts'
import { verifyPassword } from '../credentials/password.ts'
import { errors } from '../errors.ts'
import { waitMs } from './back-off.ts'
import { grantTokens, type Grant, type SessionDeps } from './grant.ts'
import { findFailures, forgetFailures, takeLogInTry } from './log-in-failure-repository.ts'
import { addSession } from './session-repository.ts'
import { SESSION_LIFETIME_MS } from './sessions.ts'

/**
 * Starts a session. An unknown e-mail, a wrong password and a disabled account are answered alike, after the same work
 * (ASVS V6.3.8); so is the wait after several failures, which also holds for the right password.
 * @throws `log-in-refused`; `rate-limited`
 */
export async function logIn(deps: SessionDeps, credentials: { email: string; password: string }): Promise<Grant> {
  const emailIndex = indexOfEmail(deps, credentials.email)
  // Counted before it is looked at: a burst would otherwise all look before anything is counted.
  if (!(await takeLogInTry(deps.pool, emailIndex, deps.now()))) throw await tooMany(deps, emailIndex)

  const account = await findAccountByEmail(deps.pool, emailIndex)
  const fits = await verifyPassword(account?.passwordHash, credentials.password)
  if (!account || !fits || account.disabled) throw errors['log-in-refused']()
  await forgetFailures(deps.pool, emailIndex)
  return startSession(deps, account)
}

async function tooMany(deps: SessionDeps, emailIndex: string): Promise<DomainError> {
  const failed = await findFailures(deps.pool, emailIndex)
  const wait = failed ? waitMs(failed, deps.now()) : 0
  return platformErrors['rate-limited']({ retryAfter: Math.max(1, Math.ceil(wait / 1000)) })
}

/** A twin that disables the account now does no harm: the token has the old access version, a refresh looks again. */
function startSession(deps: SessionDeps, account: Account): Promise<Grant> {
  return withTx(deps.pool, async (tx) => {
    const startedAt = deps.now()
    const expiresAt = new Date(startedAt.getTime() + SESSION_LIFETIME_MS)
    const session = { id: SessionId.parse(deps.newId()), expiresAt }
    await addSession(tx, { ...session, accountId: account.id, startedAt })
    return grantTokens(tx, deps, account, session)
  })
}
