import type { AccessRule, Role } from '../contracts/access-rule.ts'
import type { Actor } from './actor.ts'

/**
 * What an allowed access rests on. `self` and `staff-role` are the token's own claims; `relation` (a proxy, the care
 * team) is a fact that a service knows from access events, and so needs them fresh (architecture.md section 6).
 */
export type Relation = 'self' | 'staff-role' | 'relation'

export type Decision =
  | { readonly allow: true; readonly relation: Relation | null }
  | { readonly allow: false; readonly as: 401 | 403 | 404 }

const UNAUTHENTICATED = { allow: false, as: 401 } as const
const FORBIDDEN = { allow: false, as: 403 } as const
const HIDDEN = { allow: false, as: 404 } as const
const PUBLIC = { allow: true, relation: null } as const
const SELF = { allow: true, relation: 'self' } as const
const BY_ROLE = { allow: true, relation: 'staff-role' } as const

/**
 * Decides by the rule alone. `patientId` is the id in the path, `me` resolved; undefined where there is none. A patient
 * that the actor may not see is 404, exactly as one that does not exist.
 */
export function decide(rule: AccessRule, actor: Actor | undefined, patientId: string | undefined): Decision {
  if (rule.kind === 'public') return PUBLIC
  if (!actor) return UNAUTHENTICATED
  switch (rule.kind) {
    case 'authenticated':
      return SELF
    case 'staff':
      return hasRole(actor, rule.roles) ? BY_ROLE : FORBIDDEN
    case 'patient':
      if (patientId === undefined) return HIDDEN
      if (actor.patientId === patientId) return SELF
      return hasRole(actor, rule.roles) ? BY_ROLE : HIDDEN
    default:
      return rule satisfies never
  }
}

/** The patient that a path names: `me` is the actor's own, undefined where the actor has none. */
export function resolvePatient(reference: string | undefined, actor: Actor | undefined): string | undefined {
  if (reference === 'me') return actor?.patientId ?? undefined
  return reference?.toLowerCase()
}

const hasRole = (actor: Actor, roles: readonly Role[]): boolean => actor.roles.some(({ role }) => roles.includes(role))
