import type { AccountId, PatientId } from '@wellgate/shared/contracts/ids'
import type { RoleAtFacility } from '@wellgate/shared/access/actor'
import { platformErrors } from '@wellgate/shared/errors/platform-errors'
import type { Deps } from '../deps.ts'
import { findAccount } from './account-repository.ts'
import type { Account } from './account.ts'
import { openEmail } from './email.ts'

/** An account as its holder and admins see it. */
export interface ShownAccount {
  readonly id: AccountId
  readonly email: string
  readonly patientId: PatientId | null
  readonly roles: readonly RoleAtFacility[]
  readonly disabled: boolean
}

export async function shown(deps: Pick<Deps, 'sealer'>, account: Account): Promise<ShownAccount> {
  const { id, patientId, roles, disabled } = account
  return { id, email: await openEmail(deps, id, account.email), patientId, roles, disabled }
}

/** The account of a token. @throws `unauthenticated` where there is none: accounts are disabled, never deleted */
export async function showAccount(deps: Pick<Deps, 'pool' | 'sealer'>, accountId: AccountId): Promise<ShownAccount> {
  const account = await findAccount(deps.pool, accountId)
  if (!account) throw platformErrors.unauthenticated()
  return shown(deps, account)
}
