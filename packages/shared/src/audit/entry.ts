import type { AuditAction } from '../contracts/route.ts'
import type { Relation } from '../access/policy.ts'

/** Facts about an access that have no column: ids, counts and codes. Never a name, a date of birth or a value. */
export type AuditDetail = Readonly<Record<string, string | number | boolean | readonly string[]>>

/** One access, or one denial, by someone who was authenticated. */
export interface AuditEntry {
  readonly at: Date
  readonly requestId: string
  /** The contract's path with its parameters by name, never the path that was asked for. */
  readonly route: string
  readonly action: AuditAction
  readonly actorId: string
  readonly sessionId: string
  /** The patient concerned, where the request names one. */
  readonly patientId: string | null
  /** `role@facility`, as the token said. */
  readonly roles: readonly string[]
  readonly relation: Relation | null
  /** HL7 v3 PurposeOfUse. */
  readonly purpose: string
  readonly decision: 'allow' | 'deny'
  /** The status that was answered. */
  readonly status: number
  readonly detail?: AuditDetail
}
