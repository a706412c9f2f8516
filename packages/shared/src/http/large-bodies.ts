import type { FastifyInstance } from 'fastify'
import { platformErrors } from '../errors/platform-errors.ts'
import { createPlaces } from './places.ts'

/** How long a body is left unread before its sender is told to come again. */
const WAIT_MS = 30_000
const RETRY_AFTER_S = 5

/**
 * Bodies are read whole into memory: the routes of `app` hold `atOnce` bytes of them at most, from when they are read until
 * their answer has left. Whoever comes meanwhile waits in line, unread, for `waitMs` at most.
 * @throws `unavailable` to the sender who has waited for so long
 */
export function limitLargeBodies(app: FastifyInstance, atOnce: number, waitMs = WAIT_MS): void {
  const places = createPlaces(atOnce)
  app.addHook('preParsing', async (request, reply) => {
    const { headers, routeOptions } = request
    // Without a length it may be as long as the route allows.
    const bytes = Number(headers['content-length'] ?? routeOptions.bodyLimit)
    // Refused before it is read, or never to come.
    if (bytes > (routeOptions.bodyLimit ?? atOnce) || reply.raw.closed) return
    const left = new AbortController()
    reply.raw.once('close', () => left.abort())
    const release = await places
      .take(bytes, AbortSignal.any([left.signal, AbortSignal.timeout(waitMs)]))
      .catch(() => Promise.reject(platformErrors.unavailable({ retryAfter: RETRY_AFTER_S })))
    if (left.signal.aborted) release()
    else left.signal.addEventListener('abort', release)
  })
}
