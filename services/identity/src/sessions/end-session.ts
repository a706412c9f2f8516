import type { SessionId } from '@wellgate/shared/contracts/ids'
import { sessionRevoked } from '@wellgate/shared/contracts/identity/events'
import { withTx, type Tx } from '@wellgate/shared/db/tx'
import type { Deps } from '../deps.ts'
import { endSessionRow } from './session-repository.ts'

/** A session ends once: that is the only version of it that is told. */
const ENDED = 1

/** Ends a session and tells every service, in the caller's transaction. One that has ended stays as it is. */
export async function endSession(tx: Tx, deps: Pick<Deps, 'outbox' | 'now'>, sessionId: SessionId): Promise<void> {
  const accountId = await endSessionRow(tx, sessionId, deps.now())
  if (accountId === undefined) return
  await deps.outbox.append(tx, sessionRevoked, { aggregateVersion: ENDED, payload: { sessionId, accountId } })
}

/** Ends the session of the caller: its refresh tokens at once, its access tokens within a second. */
export const logOut = (deps: Pick<Deps, 'pool' | 'outbox' | 'now'>, sessionId: SessionId): Promise<void> =>
  withTx(deps.pool, (tx) => endSession(tx, deps, sessionId))
