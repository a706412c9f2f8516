import type { SessionId } from '@wellgate/shared/contracts/ids'
import { withTx } from '@wellgate/shared/db/tx'
import { findAccountByEmail } from '../accounts/account-repository.ts'
import { indexOfEmail } from '../accounts/email.ts'
import { verifyPassword } from '../credentials/password.ts'
import { errors } from '../errors.ts'
import { grantTokens, type Grant, type SessionDeps } from './grant.ts'
import { addSession } from './session-repository.ts'
import { SESSION_LIFETIME_MS } from './sessions.ts'

/**
 * Starts a session. An unknown e-mail, a wrong password and a disabled account are answered alike, after the same work
 * (ASVS V6.3.8).
 * @throws `log-in-refused`
 */
export async function logIn(deps: SessionDeps, credentials: { email: string; password: string }): Promise<Grant> {
  const account = await findAccountByEmail(deps.pool, indexOfEmail(deps, credentials.email))
  const fits = await verifyPassword(account?.passwordHash, credentials.password)
  if (!account || !fits || account.disabled) throw errors['log-in-refused']()
  // A twin that disables the account now does no harm: the token has the old access version, a refresh looks again.
  return withTx(deps.pool, async (tx) => {
    const startedAt = deps.now()
    const session = { id: deps.newId() as SessionId, expiresAt: new Date(startedAt.getTime() + SESSION_LIFETIME_MS) }
    await addSession(tx, { ...session, accountId: account.id, startedAt })
    return grantTokens(tx, deps, account, session)
  })
}
