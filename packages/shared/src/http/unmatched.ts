import type { FastifyInstance } from 'fastify'
import { platformErrors } from '../errors/platform-errors.ts'
import type { RouteContract } from '../contracts/route.ts'
import { problem, problemOf, sendProblem } from './problems.ts'

/** 404 for a path that no contract has, 405 with Allow for a method that its contracts do not have. */
export function answerUnmatched(app: FastifyInstance, contracts: readonly RouteContract[]): void {
  const patterns = contracts.map(({ path, method }) => ({ pattern: patternOf(path), method }))
  app.setNotFoundHandler((request, reply) => {
    const path = request.url.split('?', 1)[0] ?? ''
    const allowed = patterns.filter(({ pattern }) => pattern.test(path)).map(({ method }) => method)
    if (allowed.length === 0) return sendProblem(reply, problemOf(platformErrors['not-found'](), request.id))
    reply.header('allow', [...new Set(allowed)].toSorted().join(', '))
    return sendProblem(reply, {
      problem: problem('method-not-allowed', 405, 'This route has no such method.', request.id),
    })
  })
}

const patternOf = (path: string): RegExp =>
  new RegExp(`^${path.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`).replaceAll(/:[A-Za-z]+/g, '[^/]+')}$`)
