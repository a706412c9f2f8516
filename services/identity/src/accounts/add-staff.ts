import type { RoleAtFacility } from '@wellgate/shared/access/actor'
import { AccountId } from '@wellgate/shared/contracts/ids'
import { withTx } from '@wellgate/shared/db/tx'
import { hashPassword } from '../credentials/password.ts'
import type { Deps } from '../deps.ts'
import { errors } from '../errors.ts'
import { addRoles, findAccount, insertAccount } from './account-repository.ts'
import { indexOfEmail, sealEmail } from './email.ts'
import { shown, type ShownAccount } from './show-account.ts'

export interface NewStaff {
  readonly email: string
  readonly password: string
  readonly roles: readonly RoleAtFacility[]
}

/**
 * Makes a staff account with its roles; a role that is named twice is held once.
 * @throws `email-taken`; `unknown-facility`
 */
export async function addStaff(deps: Deps, staff: NewStaff): Promise<ShownAccount> {
  const id = AccountId.parse(deps.newId())
  const [passwordHash, email] = await Promise.all([hashPassword(staff.password), sealEmail(deps, id, staff.email)])
  const row = {
    id,
    email,
    passwordHash,
    emailIndex: indexOfEmail(deps, staff.email),
    patientId: null,
    createdAt: deps.now(),
  }
  const account = await withTx(
    deps.pool,
    async (tx) => {
      if (!(await insertAccount(tx, row))) throw errors['email-taken']()
      await addRoles(tx, id, staff.roles)
      return findAccount(tx, id)
    },
    {
      constraints: {
        account_role_facility_id_fkey: () =>
          errors['unknown-facility']({ fields: [{ field: 'body.roles', expected: 'facilities that there are' }] }),
      },
    },
  )
  if (!account) throw new Error('the account that was just made is not there')
  return shown(deps, account)
}
