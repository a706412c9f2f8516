import { execute, rows, statement, type Queryable } from '@wellgate/shared/db/query'
import type { Tx } from '@wellgate/shared/db/tx'

export interface SigningKeyRow {
  readonly kid: string
  /** Sealed PKCS #8. */
  readonly private_key: Buffer
  readonly created_at: Date
}

const current = statement<SigningKeyRow>(
  'signing-key.current',
  `select kid, private_key, created_at from signing_key where retired_at is null order by created_at, kid`,
)

const takeTurn = statement(
  'signing-key.take-turn',
  `select pg_advisory_xact_lock(hashtextextended('wellgate/identity/signing-key', 0))`,
)

const insertUnlessNewer = statement(
  'signing-key.insert-unless-newer',
  `insert into signing_key (kid, private_key, created_at) select $1::uuid, $2::bytea, $3::timestamptz
   where not exists (select from signing_key where retired_at is null and created_at > $4)`,
)

const retire = statement(
  'signing-key.retire',
  `update signing_key set retired_at = $1 where retired_at is null
   and created_at < (select max(created_at) from signing_key where retired_at is null and created_at < $2)`,
)

/** The keys that are published, oldest first. */
export const currentSigningKeys = (q: Queryable): Promise<SigningKeyRow[]> => rows(q, current)

/** Adds a key unless there is one made after `unlessNewerThan`: of processes that want one at once, one makes it. */
export async function addSigningKey(tx: Tx, key: SigningKeyRow, unlessNewerThan: Date): Promise<boolean> {
  await execute(tx, takeTurn)
  return (await execute(tx, insertUnlessNewer, [key.kid, key.private_key, key.created_at, unlessNewerThan])) > 0
}

/** Withdraws the keys that one made before `supersededBefore` has followed; how many. */
export const retireSigningKeys = (q: Queryable, now: Date, supersededBefore: Date): Promise<number> =>
  execute(q, retire, [now, supersededBefore])
