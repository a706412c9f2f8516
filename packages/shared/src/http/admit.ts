import type { FastifyRequest } from 'fastify'
import { decide, type Relation, resolvePatient } from '../access/policy.ts'
import type { TokenVerifier } from '../access/tokens.ts'
import type { Standing, VoidList } from '../access/void-list.ts'
import { platformErrors } from '../errors/platform-errors.ts'
import { invalidRequest } from './field-errors.ts'
import { bearerOf, purposeOf } from './request-parts.ts'
import { stateOf, type RequestState } from './request-state.ts'

export interface AdmitDeps {
  readonly verifier: TokenVerifier
  readonly voidList: VoidList
}

/**
 * Who is asking, and may they: before the body is read, so that a stranger cannot make us parse one.
 * @throws `unauthenticated`, `stale-access`, `invalid-request` for a malformed path, `forbidden`, `not-found`
 */
export async function admit(request: FastifyRequest, { verifier, voidList }: AdmitDeps): Promise<void> {
  const state = stateOf(request)
  const { contract } = state
  if (contract.access.kind !== 'public') {
    const token = bearerOf(request.headers)
    const actor = verifier.known(token) ?? (await verifier.admit(token, () => request.jwtVerify()))
    state.actor = actor
    state.purpose = purposeOf({}, actor)
    // Before anything is said about the path: a voided token learns nothing.
    refuseByStanding(voidList.check(actor), null)
    state.purpose = purposeOf(request.headers, actor)
  }
  readParams(request, state)
  const decision = decide(contract.access, state.actor, state.patientId)
  if (!decision.allow) {
    if (decision.as === 401) throw platformErrors.unauthenticated()
    throw decision.as === 403 ? platformErrors.forbidden() : platformErrors['not-found']()
  }
  if (state.actor) refuseByStanding(voidList.check(state.actor), decision.relation)
  state.relation = decision.relation
  state.decision = 'allow'
}

/**
 * What the token itself says (`self`, a role) holds until it expires; a relation is only as good as the last news of it.
 * @throws `unauthenticated` for a voided token, `stale-access` for a relation without fresh news
 */
export function refuseByStanding(standing: Standing, relation: Relation | null): void {
  if (standing === 'void') throw platformErrors.unauthenticated()
  if (standing === 'stale' && relation === 'relation') throw platformErrors['stale-access']({ retryAfter: 5 })
}

function readParams(request: FastifyRequest, state: RequestState): void {
  const schema = state.contract.params
  if (!schema) return
  const parsed = schema.safeParse(request.params)
  if (!parsed.success) throw invalidRequest('params', parsed.error, schema)
  const params: Record<string, unknown> = parsed.data
  const reference = params.patientId
  if (typeof reference === 'string') {
    const patientId = resolvePatient(reference, state.actor)
    if (patientId === undefined) throw platformErrors['not-found']()
    state.patientId = patientId
    params.patientId = patientId
  }
  state.params = params
}
