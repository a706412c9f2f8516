import { afterCommit, withTx, type Tx } from '@wellgate/shared/db/tx'
import { findAccount } from '../accounts/account-repository.ts'
import { errors } from '../errors.ts'
import { endSession } from './end-session.ts'
import { grantTokens, type Grant, type SessionDeps } from './grant.ts'
import { hashRefreshToken } from './refresh-token.ts'
import { findLiveSession, sessionOfSpent, spendToken } from './session-repository.ts'

/**
 * Exchanges a refresh token for new tokens. One that was spent before ends its session, new tokens included: either
 * the thief or the owner holds them, and nobody can tell which (RFC 9700 section 4.14.2). That holds for a twin in the
 * same moment, too: a client refreshes once at a time.
 * @throws `session-over` for every token that gives nothing, whatever the reason
 */
export async function refreshSession(deps: SessionDeps, refreshToken: string): Promise<Grant> {
  // The end of a session must be committed: so a refusal is a result in the transaction and an error only after it.
  const grant = await withTx(deps.pool, (tx) => exchange(tx, deps, hashRefreshToken(refreshToken)))
  if (!grant) throw errors['session-over']()
  return grant
}

async function exchange(tx: Tx, deps: SessionDeps, hash: Buffer): Promise<Grant | undefined> {
  const sessionId = await spendToken(tx, hash, deps.now())
  if (sessionId === undefined) {
    const reused = await sessionOfSpent(tx, hash)
    if (reused !== undefined) {
      await endSession(tx, deps, reused)
      afterCommit(tx, () => deps.counts.reuse())
    }
    return undefined
  }
  const session = await findLiveSession(tx, sessionId)
  const account = session && (await findAccount(tx, session.accountId))
  if (!account || account.disabled) return undefined
  return grantTokens(tx, deps, account, { id: sessionId, expiresAt: session.expiresAt })
}
