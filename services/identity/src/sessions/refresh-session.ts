import type { Actor } from '@wellgate/shared/access/actor'
import { afterCommit, withTx, type Tx } from '@wellgate/shared/db/tx'
import { findAccount } from '../accounts/account-repository.ts'
import { actorOf } from '../accounts/account.ts'
import { errors } from '../errors.ts'
import { endSession } from './end-session.ts'
import { grantTokens, type Grant, type SessionDeps } from './grant.ts'
import { hashRefreshToken } from './refresh-token.ts'
import { findSession, sessionOfSpent, spendToken } from './session-repository.ts'

/** Told whose token it is, whatever comes of it: a thief's try belongs into the audit trail, too. */
type Recognised = (actor: Actor) => void

/**
 * Exchanges a refresh token for new tokens. One that was spent before ends its session, new tokens included: either
 * the thief or the owner holds them, and nobody can tell which (RFC 9700 section 4.14.2). That holds for a twin in the
 * same moment, too: a client refreshes once at a time.
 * @throws `session-over` for every token that gives nothing, whatever the reason
 */
export async function refreshSession(
  deps: SessionDeps,
  refreshToken: string,
  recognised: Recognised,
): Promise<Grant['tokens']> {
  // The end of a session must be committed: so a refusal is a result in the transaction and an error only after it.
  const grant = await withTx(deps.pool, (tx) => exchange(tx, deps, hashRefreshToken(refreshToken), recognised))
  if (!grant) throw errors['session-over']()
  return grant.tokens
}

async function exchange(tx: Tx, deps: SessionDeps, hash: Buffer, recognised: Recognised): Promise<Grant | undefined> {
  const spent = await spendToken(tx, hash, deps.now())
  const sessionId = spent ?? (await sessionOfSpent(tx, hash))
  const session = sessionId && (await findSession(tx, sessionId))
  const account = session && (await findAccount(tx, session.accountId))
  if (!account) return undefined
  recognised(actorOf(account, sessionId))
  if (spent === undefined) {
    await endSession(tx, deps, sessionId)
    afterCommit(tx, () => deps.counts.reuse())
    return undefined
  }
  if (session.ended || account.disabled) return undefined
  return grantTokens(tx, deps, account, { id: sessionId, expiresAt: session.expiresAt })
}
