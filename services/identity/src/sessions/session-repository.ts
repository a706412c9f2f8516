import type { AccountId, SessionId } from '@wellgate/shared/contracts/ids'
import { execute, maybeOne, statement, type Queryable } from '@wellgate/shared/db/query'
import type { Tx } from '@wellgate/shared/db/tx'

const insertSession = statement(
  'session.insert',
  `insert into session (id, account_id, started_at, expires_at) values ($1, $2, $3, $4)`,
)

const insertToken = statement(
  'session.insert-token',
  `insert into refresh_token (hash, session_id, issued_at, expires_at) values ($1, $2, $3, $4)`,
)

const spend = statement<{ session_id: SessionId }>(
  'session.spend-token',
  `update refresh_token set spent_at = $2 where hash = $1 and spent_at is null and expires_at > $2 returning session_id`,
)

const spentBefore = statement<{ session_id: SessionId }>(
  'session.spent-before',
  `select session_id from refresh_token where hash = $1 and spent_at is not null`,
)

const find = statement<{ account_id: AccountId; expires_at: Date; ended: boolean }>(
  'session.find',
  `select account_id, expires_at, ended_at is not null as ended from session where id = $1`,
)

const end = statement<{ account_id: AccountId }>(
  'session.end',
  `update session set ended_at = $2 where id = $1 and ended_at is null returning account_id`,
)

const endAll = statement(
  'session.end-all',
  `update session set ended_at = $2 where account_id = $1 and ended_at is null`,
)

const sweep = statement(
  'session.sweep',
  `delete from session where id in (select id from session where expires_at < $1 order by expires_at limit 1000)`,
)

export interface NewSession {
  readonly id: SessionId
  readonly accountId: AccountId
  readonly startedAt: Date
  readonly expiresAt: Date
}

export interface NewToken {
  readonly hash: Buffer
  readonly sessionId: SessionId
  readonly issuedAt: Date
  readonly expiresAt: Date
}

export async function addSession(tx: Tx, { id, accountId, startedAt, expiresAt }: NewSession): Promise<void> {
  await execute(tx, insertSession, [id, accountId, startedAt, expiresAt])
}

export async function addToken(tx: Tx, { hash, sessionId, issuedAt, expiresAt }: NewToken): Promise<void> {
  await execute(tx, insertToken, [hash, sessionId, issuedAt, expiresAt])
}

/** Spends a token that is neither spent nor expired: of two at once, one gets its session, the other nothing. */
export const spendToken = async (tx: Tx, hash: Buffer, now: Date): Promise<SessionId | undefined> =>
  (await maybeOne(tx, spend, [hash, now]))?.session_id

/** The session of a token that was spent; undefined for one that is unknown or only expired. */
export const sessionOfSpent = async (tx: Tx, hash: Buffer): Promise<SessionId | undefined> =>
  (await maybeOne(tx, spentBefore, [hash]))?.session_id

/** Whose session it is, and whether it was ended. Its absolute limit is in its tokens: none outlives it. */
export async function findSession(
  q: Queryable,
  id: SessionId,
): Promise<{ accountId: AccountId; expiresAt: Date; ended: boolean } | undefined> {
  const row = await maybeOne(q, find, [id])
  return row && { accountId: row.account_id, expiresAt: row.expires_at, ended: row.ended }
}

/** Ends a session; its account, or undefined where it had ended before. */
export const endSessionRow = async (tx: Tx, id: SessionId, now: Date): Promise<AccountId | undefined> =>
  (await maybeOne(tx, end, [id, now]))?.account_id

export const endSessionsOf = (tx: Tx, accountId: AccountId, now: Date): Promise<number> =>
  execute(tx, endAll, [accountId, now])

/** Deletes up to 1000 sessions that expired before, with their tokens; how many. */
export const deleteSessions = (q: Queryable, expiredBefore: Date): Promise<number> => execute(q, sweep, [expiredBefore])
