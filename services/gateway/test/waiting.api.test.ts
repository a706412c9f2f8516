import { connect, type Socket } from 'node:net'
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
const large = { method: 'POST', body: 'x'.repeat(1024 * 1024) }

let service: Awaited<ReturnType<typeof startUpstream>>
let upstream: Upstream
let app: FastifyInstance
let url: string
let arrived: number
let left: number
const sockets: Socket[] = []
beforeEach(async () => {
  service = await startUpstream()
  service.hold()
  const log = createLogger({ service: 'gateway', level: 'silent' })
  upstream = createUpstream('patients', service.url, { log, metrics: createMetrics('gateway') })
  ;[arrived, left] = [0, 0]
  app = Fastify()
  passBodies(app)
  app.setErrorHandler((error, request, reply) => sendProblem(reply, problemOf(error, request.id)))
  app.addHook('onRequest', (_request, _reply, done) => {
    arrived += 1
    done()
  })
  app.all<{ Params: { limit: string } }>('/:limit', (request, reply) => {
    reply.raw.once('close', () => (left += 1))
    return forward(upstream, request, reply, Number(request.params.limit))
  })
  url = await app.listen({ host: '127.0.0.1', port: 0 })
})
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy()
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

it.each([
  ['short ones', 'content-length: 1000\r\n\r\n{"a":', 0],
  ['long ones', 'content-length: 1000000\r\n\r\n{"a":', 48],
  ['some of no length', 'transfer-encoding: chunked\r\n\r\n5\r\n{"a":\r\n', 48],
])('leaves connections to others when bodies come slowly: %s', async (_which, begun, asked) => {
  service.release()
  const statuses = upload(begun)
  await vi.waitFor(() => expect(arrived).toBe(ALL), 10_000)
  expect(await Promise.all([ask(SHORT_MS), ask(SHORT_MS, { method: 'POST', body: '{}' })])).toEqual([200, 200])
  await vi.waitFor(() => expect(service.begun).toBe(asked + 2))
  expect(statuses).toEqual(Array.from({ length: asked === 0 ? 0 : ALL - asked }, () => '503'))
  for (const socket of sockets.splice(0)) socket.destroy()
  await vi.waitFor(async () => expect(await ask(LONG_MS, large)).toBe(200), 10_000)
})

it('counts no body that is not on its way any more, when the service was not asked', async () => {
  service.release()
  for (let time = 0; time < 5; time++) {
    await expect(upstream.breaker.execute(() => Promise.reject(new Error('no answer')))).rejects.toThrow('no answer')
  }
  const statuses = upload('transfer-encoding: chunked\r\n\r\n5\r\n{"a":\r\n')
  await vi.waitFor(() => expect(statuses).toEqual(Array.from({ length: ALL }, () => '503')), 10_000)
  for (const socket of sockets.splice(0)) socket.destroy()
  await vi.waitFor(async () => expect(await ask(LONG_MS, large)).toBe(200), 10_000)
})

/** Begins as many requests as there are connections, by hand; the statuses of those that are answered. */
function upload(begun: string): readonly string[] {
  const statuses: string[] = []
  for (let one = 0; one < ALL; one++) {
    const socket = connect(Number(new URL(url).port), '127.0.0.1')
    sockets.push(socket)
    socket.on('error', () => undefined)
    socket.on('data', (chunk: Buffer) => statuses.push(chunk.toString().slice(9, 12)))
    socket.write(`POST /${LONG_MS} HTTP/1.1\r\nhost: x\r\n${begun}`)
  }
  return statuses
}
