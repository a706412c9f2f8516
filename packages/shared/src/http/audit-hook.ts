import type { FastifyReply, FastifyRequest } from 'fastify'
import type { AuditWriter } from '../audit/writer.ts'
import { platformErrors } from '../errors/platform-errors.ts'
import type { Logger } from '../observability/logger.ts'
import { inSpan } from '../observability/trace-scope.ts'
import { markProblem, PROBLEM_TYPE, problemOf } from './problems.ts'

const DENIED = new Set([401, 403])

/**
 * No audit, no data: the entry of someone authenticated is durable before a byte of the answer leaves, and where it
 * cannot be written the answer is replaced by 503. Gives the body to send.
 */
export async function audited(
  request: FastifyRequest,
  reply: FastifyReply,
  payload: unknown,
  deps: { readonly audit: AuditWriter; readonly log: Logger },
): Promise<unknown> {
  const state = request.wellgate
  if (!state?.actor) return payload
  // An answer that could not be sent comes again as an error: it was not what the entry says, so it is nothing.
  if (state.audited) return withhold(request, reply)
  state.audited = true
  const { contract, actor } = state
  try {
    const entry = {
      at: new Date(),
      requestId: request.id,
      route: contract.path,
      action: contract.action,
      actorId: actor.accountId,
      sessionId: actor.sessionId,
      patientId: state.patientId ?? null,
      roles: actor.roles.map(({ role, facilityId }) => `${role}@${facilityId}`),
      relation: state.relation,
      purpose: state.purpose,
      decision: DENIED.has(reply.statusCode) ? ('deny' as const) : state.decision,
      status: reply.statusCode,
      ...(state.detail ? { detail: state.detail } : {}),
    }
    await inSpan('audit', { kind: 'internal' }, () => deps.audit.record(entry))
    return payload
  } catch (error) {
    deps.log.error({ err: error, route: contract.path, requestId: request.id }, 'no audit entry, so no answer')
    return withhold(request, reply)
  }
}

/** Turns the reply into 503 and gives its body. */
function withhold(request: FastifyRequest, reply: FastifyReply): string {
  const { problem, retryAfter } = problemOf(platformErrors.unavailable(), request.id)
  markProblem(reply, problem.code)
  for (const name of ['etag', 'location', 'content-length']) reply.removeHeader(name)
  reply.code(problem.status).header('content-type', PROBLEM_TYPE).header('retry-after', String(retryAfter))
  return JSON.stringify(problem)
}
