import type { Actor } from '@wellgate/shared/access/actor'
import type { TokenIssuer } from '@wellgate/shared/access/token-issuer'
import type { SessionId } from '@wellgate/shared/contracts/ids'
import type { Tx } from '@wellgate/shared/db/tx'
import { actorOf, type Account } from '../accounts/account.ts'
import type { Deps } from '../deps.ts'
import type { IdentityCounts } from '../metrics.ts'
import { hashRefreshToken, newRefreshToken } from './refresh-token.ts'
import { addToken } from './session-repository.ts'
import { refreshTokenExpiry } from './sessions.ts'

export interface SessionDeps extends Deps {
  readonly issuer: TokenIssuer
  readonly counts: IdentityCounts
}

export interface Grant {
  readonly actor: Actor
  readonly tokens: { readonly accessToken: string; readonly expiresIn: number; readonly refreshToken: string }
}

/** Gives a session its next pair of tokens. */
export async function grantTokens(
  tx: Tx,
  deps: SessionDeps,
  account: Account,
  session: { readonly id: SessionId; readonly expiresAt: Date },
): Promise<Grant> {
  const now = deps.now()
  const refreshToken = newRefreshToken()
  await addToken(tx, {
    hash: hashRefreshToken(refreshToken),
    sessionId: session.id,
    issuedAt: now,
    expiresAt: refreshTokenExpiry(account, session.expiresAt, now),
  })
  const actor = actorOf(account, session.id)
  const { token, expiresIn } = deps.issuer.issue(actor, session.expiresAt)
  return { actor, tokens: { accessToken: token, expiresIn, refreshToken } }
}
