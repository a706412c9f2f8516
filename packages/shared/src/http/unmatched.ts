import type { FastifyReply, FastifyRequest } from 'fastify'
import type { RouteContract } from '../contracts/route.ts'
import { platformErrors } from '../errors/platform-errors.ts'
import type { DomainError } from '../errors/problem.ts'
import { problem, problemOf, sendProblem } from './problems.ts'

/**
 * Answers what no route takes: 405 with Allow for a method that the contracts of its path do not have, `missing` (a 404)
 * for a path that none of them has.
 */
export function unmatched(
  contracts: readonly RouteContract[],
  missing: () => DomainError = platformErrors['not-found'],
): (request: FastifyRequest, reply: FastifyReply) => FastifyReply {
  const patterns = contracts.map(({ path, method }) => ({ pattern: patternOf(path), method }))
  return (request, reply) => {
    const path = request.url.split('?', 1)[0] ?? ''
    const allowed = patterns.filter(({ pattern }) => pattern.test(path)).map(({ method }) => method)
    if (allowed.length === 0) return sendProblem(reply, problemOf(missing(), request.id))
    reply.header('allow', [...new Set(allowed)].toSorted().join(', '))
    return sendProblem(reply, {
      problem: problem('method-not-allowed', 405, 'This route has no such method.', request.id),
    })
  }
}

const patternOf = (path: string): RegExp =>
  new RegExp(`^${path.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`).replaceAll(/:[A-Za-z]+/g, '[^/]+')}$`)
