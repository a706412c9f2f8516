import { one, statement } from '@wellgate/shared/db/query'
import type { Tx } from '@wellgate/shared/db/tx'

const TAKE = statement<{ value: string }>(
  'counter.take',
  'update counter set value = value + 1 where name = $1 returning value',
)

/**
 * The next number of a kind, without gaps: it is given back if the transaction fails. Others wait for it until the
 * commit, so take it late, after every row that others may lock.
 */
export async function takeNumber(tx: Tx, name: 'invoice' | 'receipt'): Promise<number> {
  return Number((await one(tx, TAKE, [name])).value)
}
