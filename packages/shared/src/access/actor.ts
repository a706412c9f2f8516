import type { Role } from '../contracts/access-rule.ts'
import type { AccountId, FacilityId, PatientId, SessionId } from '../contracts/ids.ts'

export interface RoleAtFacility {
  readonly role: Role
  readonly facilityId: FacilityId
}

/** Who is asking: exactly what the signed token says, and nothing that a header says. */
export interface Actor {
  readonly accountId: AccountId
  readonly sessionId: SessionId
  /** The patient that the account is the portal account of, if it is one. */
  readonly patientId: PatientId | null
  readonly roles: readonly RoleAtFacility[]
  /** The account's access version when the token was issued; see void-list.ts. */
  readonly tokenVersion: number
}
