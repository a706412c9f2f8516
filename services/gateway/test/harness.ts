import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createLogger, type Logger } from '@wellgate/shared/observability/logger'
import { createMetrics } from '@wellgate/shared/observability/metrics'
import { passOn, type Tracing } from '@wellgate/shared/observability/tracing'
import { readConfig } from '@wellgate/shared/config/slice'
import { gatewaySlices } from '../src/config.ts'
import type { Resolve } from '../src/proxy/replicas.ts'
import { createGateway } from '../src/service.ts'

export interface SeenRequest {
  readonly method: string
  readonly url: string
  readonly headers: IncomingMessage['headers']
  readonly body: string
}

/** A service behind the gateway, that remembers what reached it, and can be made to misbehave. */
export async function startUpstream(answer: { headers?: Record<string, string> } = {}, atPort = 0, host = '127.0.0.1') {
  const seen: SeenRequest[] = []
  const held: (() => void)[] = []
  const state = { begun: 0, cut: 0, draining: false, mode: 'answer' as 'answer' | 'hold' | 'hang-up' }
  const server = createServer((request, response) => {
    state.begun += 1
    if (state.mode === 'hang-up') request.socket.destroy()
    let body = ''
    request.on('error', () => (state.cut += 1))
    request.on('data', (chunk: Buffer) => (body += chunk.toString()))
    request.on('end', () => {
      seen.push({ method: request.method ?? '', url: request.url ?? '', headers: request.headers, body })
      const send = () => {
        if (state.draining) response.setHeader('connection', 'close')
        response.writeHead(200, { 'content-type': 'application/json', ...answer.headers })
        response.end('{"from":"upstream"}')
      }
      if (state.mode === 'hold') held.push(send)
      else send()
    })
  })
  await new Promise<void>((done) => server.listen(atPort, host, done))
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    port,
    seen,
    /** Requests whose head has arrived. */
    get begun() {
      return state.begun
    },
    /** Requests that ended in the middle of their body. */
    get cut() {
      return state.cut
    },
    /** Connections that are open now. */
    connections: () => new Promise<number>((done) => server.getConnections((_error, count) => done(count))),
    /** From now on, answers wait for {@link release}. */
    hold: () => void (state.mode = 'hold'),
    /** From now on, connections are cut instead of answered. */
    hangUp: () => void (state.mode = 'hang-up'),
    /** From now on, each answer closes its connection, as of a service that drains. */
    drain: () => void (state.draining = true),
    release: () => {
      state.mode = 'answer'
      for (const send of held.splice(0)) send()
    },
    stop: () =>
      new Promise<void>((done) => {
        server.closeAllConnections()
        server.close(() => done())
      }),
  }
}

/** A gateway on a free port, with the variables given. */
export async function startGateway(
  env: Record<string, string>,
  log: Logger = createLogger({ service: 'gateway', level: 'silent' }),
  tracing: Tracing = passOn,
  more: { isDraining?: () => boolean; resolve?: Resolve } = {},
) {
  const config = readConfig(gatewaySlices, { WELLGATE_DEPLOYMENT: 'test', WELLGATE_HTTP_PORT: '0', ...env })
  const metrics = createMetrics('gateway')
  const app = await createGateway(config, { log, metrics, tracing, ...more })
  const url = await app.listen({ host: '127.0.0.1', port: 0 })
  return { url, metrics, stop: () => app.close() }
}
