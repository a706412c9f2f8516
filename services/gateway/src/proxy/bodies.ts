import type { IncomingMessage } from 'node:http'
import { buffer } from 'node:stream/consumers'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { gatewayErrors } from '../errors.ts'

/** Up to this length a body is waited for before its service is asked: Node holds as much of one that nobody reads. */
const WHOLE_BYTES = 64 * 1024

/**
 * Bodies pass through as they come, whatever they are: only the service that owns the route reads them. A short one is
 * whole by the time of the handler, so that who sends it slowly holds no connection to the service; else it is a stream.
 */
export function passBodies(app: FastifyInstance): void {
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('*', async ({ headers }: FastifyRequest, payload: IncomingMessage) => {
    if (!(Number(headers['content-length']) <= WHOLE_BYTES)) return payload
    return buffer(payload).catch(() => {
      throw gatewayErrors['body-incomplete']()
    })
  })
}
