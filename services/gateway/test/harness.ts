import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createLogger } from '@wellgate/shared/observability/logger'
import { createMetrics } from '@wellgate/shared/observability/metrics'
import { readConfig } from '@wellgate/shared/config/slice'
import { gatewaySlices } from '../src/config.ts'
import { createGateway } from '../src/service.ts'

export interface SeenRequest {
  readonly method: string
  readonly url: string
  readonly headers: IncomingMessage['headers']
  readonly body: string
}

/** A service behind the gateway, that remembers what reached it. */
export async function startUpstream(answer: { headers?: Record<string, string>; delayMs?: number } = {}) {
  const seen: SeenRequest[] = []
  const server = createServer((request, response) => {
    let body = ''
    request.on('data', (chunk: Buffer) => (body += chunk.toString()))
    request.on('end', () => {
      seen.push({ method: request.method ?? '', url: request.url ?? '', headers: request.headers, body })
      setTimeout(() => {
        response.writeHead(200, { 'content-type': 'application/json', ...answer.headers })
        response.end('{"from":"upstream"}')
      }, answer.delayMs ?? 0)
    })
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    seen,
    stop: () =>
      new Promise<void>((done) => {
        server.closeAllConnections()
        server.close(() => done())
      }),
  }
}

/** A gateway on a free port, with the variables given. */
export async function startGateway(env: Record<string, string>) {
  const config = readConfig(gatewaySlices, { WELLGATE_DEPLOYMENT: 'test', WELLGATE_HTTP_PORT: '0', ...env })
  const app = await createGateway(config, {
    log: createLogger({ service: 'gateway', level: 'silent' }),
    metrics: createMetrics('gateway'),
  })
  const url = await app.listen({ host: '127.0.0.1', port: 0 })
  return { url, stop: () => app.close() }
}
