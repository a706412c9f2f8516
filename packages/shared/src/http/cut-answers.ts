import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'

type Hook = (request: FastifyRequest, reply: FastifyReply) => void

const hooks = new WeakMap<FastifyInstance['server'], Hook[]>()

/** Runs `hook` in place of onResponse for an answer that breaks off: Fastify's own come only after an answer's end. */
export const onCut = ({ server }: FastifyInstance, hook: Hook): void =>
  void hooks.set(server, [...(hooks.get(server) ?? []), hook])

/** Tells that the body of an answer broke off, other than by its reader, after the head had left. */
export function answerCut(request: FastifyRequest, reply: FastifyReply): void {
  for (const hook of hooks.get(request.server.server) ?? []) hook(request, reply)
}
