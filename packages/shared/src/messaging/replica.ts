import { rows, statement } from '../db/query.ts'
import type { Tx } from '../db/tx.ts'

const APPLY = statement(
  'replica_apply_if_newer',
  `INSERT INTO replica_version AS r (consumer_group, aggregate, key, version) VALUES ($1, $2, $3, $4)
   ON CONFLICT (consumer_group, aggregate, key) DO UPDATE SET version = excluded.version
   WHERE r.version < excluded.version
   RETURNING 1`,
)

/**
 * True when `version` is higher than any seen of this aggregate: the caller then writes its replica in the same
 * transaction. False for a repeat or an older one, which must change nothing. Locks the aggregate until the commit.
 */
export async function applyIfNewer(
  tx: Tx,
  change: { group: string; aggregate: string; key: string; version: number },
): Promise<boolean> {
  const applied = await rows(tx, APPLY, [change.group, change.aggregate, change.key, change.version])
  return applied.length > 0
}
