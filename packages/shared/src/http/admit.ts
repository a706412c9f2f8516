import type { FastifyRequest } from 'fastify'
import { decide, resolvePatient } from '../access/policy.ts'
import type { TokenVerifier } from '../access/tokens.ts'
import type { VoidList } from '../access/void-list.ts'
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
    if (voidList.check(actor) === 'void') throw platformErrors.unauthenticated()
    state.purpose = purposeOf(request.headers, actor)
  }
  readParams(request, state)
  const decision = decide(contract.access, state.actor, state.patientId)
  if (!decision.allow) {
    if (decision.as === 401) throw platformErrors.unauthenticated()
    throw decision.as === 403 ? platformErrors.forbidden() : platformErrors['not-found']()
  }
  // What the token itself says holds until it expires; a relation is only as good as the last news of it.
  if (decision.relation === 'relation' && state.actor && voidList.check(state.actor) === 'stale') {
    throw platformErrors['stale-access']({ retryAfter: 5 })
  }
  state.relation = decision.relation
  state.decision = 'allow'
}

function readParams(request: FastifyRequest, state: RequestState): void {
  const schema = state.contract.params
  if (!schema) return
  const parsed = schema.safeParse(request.params)
  if (!parsed.success) throw invalidRequest('params', parsed.error)
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
