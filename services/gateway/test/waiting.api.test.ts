import { createLogger } from '@wellgate/shared/observability/logger'
import { createMetrics } from '@wellgate/shared/observability/metrics'
import { problemOf, sendProblem } from '@wellgate/shared/http/problems'
import Fastify, { type FastifyInstance } from 'fastify'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { passBodies } from '../src/proxy/bodies.ts'
import { createUpstream, forward, type Upstream } from '../src/proxy/upstream.ts'
import { startUpstream } from './harness.ts'

/** As many requests as there are connections: what comes then waits. */
const ALL = 64
const LONG_MS = 20_000
const SHORT_MS = 500

let service: Awaited<ReturnType<typeof startUpstream>>
let upstream: Upstream
let app: FastifyInstance
let url: string
let arrived: number
let left: number
beforeEach(async () => {
  service = await startUpstream()
  service.hold()
  const log = createLogger({ service: 'gateway', level: 'silent' })
  upstream = createUpstream('patients', service.url, { log, metrics: createMetrics('gateway') })
  ;[arrived, left] = [0, 0]
  app = Fastify()
  passBodies(app)
  app.setErrorHandler((error, request, reply) => sendProblem(reply, problemOf(error, request.id)))
  app.all<{ Params: { limit: string } }>('/:limit', (request, reply) => {
    arrived += 1
    reply.raw.once('close', () => (left += 1))
    return forward(upstream, request, reply, Number(request.params.limit))
  })
  url = await app.listen({ host: '127.0.0.1', port: 0 })
})
afterEach(async () => {
  service.release()
  app.server.closeAllConnections()
  await app.close()
  await upstream.connections.destroy()
  await service.stop()
})

const ask = async (limitMs: number, init?: RequestInit): Promise<number> => {
  const answer = await fetch(`${url}/${limitMs}`, init)
  await answer.text()
  return answer.status
}

/** Takes all connections, and says how that ends. */
async function occupy(limitMs: number): Promise<() => Promise<number[]>> {
  const answers = Promise.all(Array.from({ length: ALL }, () => ask(limitMs)))
  await vi.waitFor(() => expect(service.begun).toBe(ALL), 10_000)
  return () => answers
}

/** All that waited has had its turn when one that came later has been answered. */
async function afterwards(): Promise<string[]> {
  service.release()
  await vi.waitFor(async () => expect(await ask(LONG_MS)).toBe(200), 10_000)
  return service.seen.slice(ALL).map(({ method }) => method)
}

it('ends a request that waits for a connection at its limit, and never sends it', async () => {
  const occupied = await occupy(LONG_MS)
  const large = { method: 'POST', body: 'x'.repeat(1024 * 1024) }
  expect(
    await Promise.all([ask(SHORT_MS), ask(SHORT_MS, { method: 'POST', body: '{}' }), ask(SHORT_MS, large)]),
  ).toEqual([503, 503, 503])
  expect(await afterwards()).toEqual(['GET'])
  expect(new Set(await occupied())).toEqual(new Set([200]))
})

it('never sends the request of a caller that left while it waited', async () => {
  const occupied = await occupy(LONG_MS)
  const leaving = new AbortController()
  const asked = ask(LONG_MS, { method: 'DELETE', signal: leaving.signal })
  await vi.waitFor(() => expect(arrived).toBe(ALL + 1))
  leaving.abort()
  await expect(asked).rejects.toThrow('aborted')
  await vi.waitFor(() => expect(left).toBe(1))
  expect(await afterwards()).toEqual(['GET'])
  expect(new Set(await occupied())).toEqual(new Set([200]))
})

it('sends nothing that waited when the breaker opens', async () => {
  const occupied = await occupy(LONG_MS)
  const waiting = Array.from({ length: 20 }, () => ask(LONG_MS))
  await vi.waitFor(() => expect(arrived).toBe(ALL + 20))
  for (let time = 0; time < 5; time++) {
    await expect(upstream.breaker.execute(() => Promise.reject(new Error('no answer')))).rejects.toThrow('no answer')
  }
  service.release()
  expect(new Set(await occupied())).toEqual(new Set([200]))
  expect(new Set(await Promise.all(waiting))).toEqual(new Set([503]))
  expect(service.begun).toBe(ALL)
  expect(await afterwards()).toEqual(['GET'])
})
