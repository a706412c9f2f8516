import type { Actor, RoleAtFacility } from '@wellgate/shared/access/actor'
import type { AccountId, PatientId, SessionId } from '@wellgate/shared/contracts/ids'

/** An account as it is stored: the e-mail sealed, the password only as a hash. */
export interface Account {
  readonly id: AccountId
  readonly email: Buffer
  readonly passwordHash: string
  /** The patient whose portal account it is. */
  readonly patientId: PatientId | null
  readonly roles: readonly RoleAtFacility[]
  readonly accessVersion: number
  readonly disabled: boolean
}

/** Who acts in a session of this account: what its tokens say. */
export const actorOf = (account: Account, sessionId: SessionId): Actor => ({
  accountId: account.id,
  sessionId,
  patientId: account.patientId,
  roles: account.roles,
  tokenVersion: account.accessVersion,
})
