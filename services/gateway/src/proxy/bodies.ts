import type { FastifyInstance } from 'fastify'

/** Bodies pass through as they come, whatever they are: only the service that owns the route reads them. */
export function passBodies(app: FastifyInstance): void {
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('*', (_request, payload, done) => done(null, payload))
}
