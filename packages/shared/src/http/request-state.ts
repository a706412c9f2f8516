import type { FastifyRequest } from 'fastify'
import type { Actor } from '../access/actor.ts'
import type { Relation } from '../access/policy.ts'
import type { AuditDetail } from '../audit/entry.ts'
import type { RouteContract } from '../contracts/route.ts'

/** What is known of a request so far; the audit entry is made of it, however the request ends. */
export interface RequestState {
  readonly contract: RouteContract
  actor?: Actor
  /** Until the rule allows it, an access counts as denied. */
  decision: 'allow' | 'deny'
  relation: Relation | null
  patientId?: string
  purpose: string
  detail?: AuditDetail
  audited: boolean
  /** The path's parameters, valid and with `me` resolved. */
  params?: Readonly<Record<string, unknown>>
}

declare module 'fastify' {
  interface FastifyRequest {
    /** Null where no route was matched. */
    wellgate: RequestState | null
  }
}

/** A state that denies. */
export const newState = (contract: RouteContract): RequestState => ({
  contract,
  decision: 'deny',
  relation: null,
  purpose: 'PATRQT',
  audited: false,
})

/** The state of a request that matched a route. */
export function stateOf(request: FastifyRequest): RequestState {
  if (!request.wellgate) throw new Error('the request matched no route')
  return request.wellgate
}
