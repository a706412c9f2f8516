import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { connect, type AddressInfo } from 'node:net'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { startGateway } from './harness.ts'

const LARGE = 'x'.repeat(1024 * 1024)

let answer: (response: ServerResponse) => void
let seen: IncomingMessage[]
let upstream: Server
let gateway: Awaited<ReturnType<typeof startGateway>>
beforeEach(async () => {
  seen = []
  answer = (response) => response.end('{}')
  upstream = createServer((request, response) => {
    seen.push(request)
    answer(response)
  })
  await new Promise<void>((done) => upstream.listen(0, '127.0.0.1', done))
  gateway = await startGateway({ WELLGATE_UPSTREAM_PATIENTS: upstreamUrl() })
})
afterEach(async () => {
  await gateway.stop()
  upstream.closeAllConnections()
  await new Promise((done) => upstream.close(done))
})

const upstreamUrl = () => `http://127.0.0.1:${(upstream.address() as AddressInfo).port}`
const read = () => fetch(`${gateway.url}/v1/patients/me`)

it.each([
  ['with a length', { 'content-length': String(LARGE.length) }],
  ['in chunks', {}],
])('passes a large answer on as it comes, %s', async (_how, headers) => {
  const { promise: begun, resolve: begin } = Promise.withResolvers<void>()
  answer = (response) => {
    response.writeHead(200, headers).write(LARGE.slice(0, 100))
    void begun.then(() => response.end(LARGE.slice(100)))
  }
  // It has begun here before it has ended there.
  const response = await read()
  begin()
  expect(await response.text()).toBe(LARGE)
})

it('has no answer where a short one is cut, and cuts a large one with it', async () => {
  const cut = (length: number) => (response: ServerResponse) => {
    response.writeHead(200, { 'content-length': String(length) })
    response.write('{"a":', () => response.destroy())
  }
  answer = cut(100)
  const response = await read()
  expect(response.status).toBe(503)
  expect(await response.json()).toMatchObject({ code: 'upstream-down' })
  answer = cut(LARGE.length)
  await expect(read().then((half) => half.text())).rejects.toThrow(TypeError)
})

it('passes on an answer without a body', async () => {
  answer = (response) => response.writeHead(204).end()
  const response = await read()
  expect([response.status, await response.text()]).toEqual([204, ''])
})

it('keeps for itself what Connection names, and a body that no GET has', async () => {
  await raw([
    'GET /v1/patients/me HTTP/1.1',
    'connection: close, accept-language, X-Request-Id',
    'accept-language: de',
    'user-agent: me',
    'content-length: 2',
    '',
    '{}',
  ])
  const headers = seen.at(-1)?.headers
  expect(headers).toMatchObject({ 'user-agent': 'me', 'x-request-id': expect.any(String) })
  expect(Object.keys(headers ?? {})).not.toEqual(expect.arrayContaining(['accept-language']))
  expect(headers?.['content-length']).toBeUndefined()
})

it.each(['http://elsewhere', 'HTTPS://elsewhere:1', 'http://a@b', 'http://[::1]:1'])(
  'takes a target that is a whole URL by its path, whatever its host: %s',
  async (host) => {
    const line = `GET ${host}/v1/patients/me?a=1 HTTP/1.1`
    expect(await raw([line, 'connection: close', '', ''])).toMatch(/^HTTP\/1\.1 200 /)
    expect(seen.map(({ url, headers }) => [url, headers.host])).toEqual([
      ['/v1/patients/me?a=1', new URL(upstreamUrl()).host],
    ])
  },
)

it.each(['http://elsewhere', 'http://elsewhere?a=/v1/patients/me', 'ftp://elsewhere/v1/patients/me', 'http:///x', '*'])(
  'has no route for the target %s',
  async (target) => {
    expect(await raw([`GET ${target} HTTP/1.1`, 'connection: close', '', ''])).toMatch(/^HTTP\/1\.1 (400|404) /)
    expect(seen).toHaveLength(0)
    expect((await read()).status).toBe(200)
  },
)

/** Sends a request by hand, with a host, and gives all that came back. */
function raw([line = '', ...rest]: readonly string[]): Promise<string> {
  return new Promise((done, fail) => {
    const socket = connect(Number(new URL(gateway.url).port), '127.0.0.1')
    socket.write([line, 'host: gateway', ...rest].join('\r\n'))
    let text = ''
    socket.on('data', (chunk: Buffer) => (text += chunk.toString()))
    socket.on('close', () => done(text))
    socket.on('error', fail)
  })
}
