import { AccountId, FacilityId } from '@wellgate/shared/contracts/ids'
import { withTx } from '@wellgate/shared/db/tx'
import { addRoles, hasEnabledAdmin, insertAccount, takeFirstAdminTurn } from './accounts/account-repository.ts'
import { indexOfEmail, sealEmail } from './accounts/email.ts'
import { hashPassword } from './credentials/password.ts'
import type { Deps } from './deps.ts'
import { errors } from './errors.ts'
import { ensureFacility } from './facilities/add-facility.ts'
import { assertTimeZone } from './facilities/time-zone.ts'

export interface FirstAdmin {
  readonly email: string
  readonly password: string
  readonly facilityName: string
  readonly timeZone: string
}

/**
 * Makes the first admin of an installation, and the facility of that name where there is none. Also the way back in
 * when every admin was disabled.
 * @throws `admin-exists` while an admin may log in; `email-taken`; `unknown-time-zone`
 */
export async function createFirstAdmin(
  deps: Deps,
  admin: FirstAdmin,
): Promise<{ accountId: AccountId; facilityId: FacilityId }> {
  const { email, password, facilityName: name, timeZone } = admin
  assertTimeZone(timeZone)
  if (await hasEnabledAdmin(deps.pool)) throw errors['admin-exists']()
  const accountId = AccountId.parse(deps.newId())
  const [passwordHash, sealed] = await Promise.all([hashPassword(password), sealEmail(deps, accountId, email)])
  return withTx(deps.pool, async (tx) => {
    await takeFirstAdminTurn(tx)
    if (await hasEnabledAdmin(tx)) throw errors['admin-exists']()
    const facilityId = await ensureFacility(deps, tx, { id: FacilityId.parse(deps.newId()), name, timeZone })
    const emailIndex = indexOfEmail(deps, email)
    const row = { id: accountId, email: sealed, emailIndex, passwordHash, patientId: null, createdAt: deps.now() }
    if (!(await insertAccount(tx, row))) throw errors['email-taken']()
    await addRoles(tx, accountId, [{ role: 'admin', facilityId }])
    return { accountId, facilityId }
  })
}
