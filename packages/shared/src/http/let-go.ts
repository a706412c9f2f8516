import type { FastifyInstance } from 'fastify'

/**
 * While `isDraining`, each answer tells its caller to let go of the connection. Kept open, it would lead the next request
 * here at the moment when HTTP closes, and that request would be lost.
 */
export function letGoWhile(app: FastifyInstance, isDraining: () => boolean): void {
  app.addHook('onSend', (_request, reply, _payload, done) => {
    if (isDraining()) reply.header('connection', 'close')
    done()
  })
}
