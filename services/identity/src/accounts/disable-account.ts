import type { AccountId } from '@wellgate/shared/contracts/ids'
import { accountChanged } from '@wellgate/shared/contracts/identity/events'
import { withTx } from '@wellgate/shared/db/tx'
import type { Deps } from '../deps.ts'
import { errors } from '../errors.ts'
import { endSessionsOf } from '../sessions/session-repository.ts'
import { disableAccountRow, findAccount } from './account-repository.ts'

/**
 * Disables an account: it cannot log in or refresh, and the higher access version makes its tokens void everywhere
 * within a second. A second time changes nothing.
 * @throws `own-account`; `unknown-account`
 */
export async function disableAccount(deps: Deps, target: { accountId: AccountId; by: AccountId }): Promise<void> {
  const { accountId, by } = target
  if (accountId === by) throw errors['own-account']()
  await withTx(deps.pool, async (tx) => {
    const now = deps.now()
    const accessVersion = await disableAccountRow(tx, accountId, now)
    if (accessVersion === undefined) {
      if (!(await findAccount(tx, accountId))) throw errors['unknown-account']()
      return
    }
    // Sessions end without events of their own: the access version says it of all of them.
    await endSessionsOf(tx, accountId, now)
    const payload = { accountId, accessVersion }
    await deps.outbox.append(tx, accountChanged, { aggregateVersion: accessVersion, payload })
  })
}
