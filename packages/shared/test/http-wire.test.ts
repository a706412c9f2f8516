import { connect } from 'node:net'
import { once } from 'node:events'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { call } from '../src/http/client.ts'
import { ANA, BEN, actorOf, contracts, startTestServer, type TestServer } from './http-fixture.ts'

let server: TestServer
let baseUrl: string

beforeEach(async () => {
  server = await startTestServer()
  baseUrl = await server.app.listen({ host: '127.0.0.1', port: 0 })
})
afterEach(() => server.app.close())

const [hello, readChart, changeChart, , logOut] = contracts

/** Sends bytes as they are; resolves with all that came back until the server closed. */
async function raw(text: string): Promise<string> {
  const socket = connect(Number(new URL(baseUrl).port), '127.0.0.1')
  const chunks: string[] = []
  socket.setEncoding('utf8').on('data', (chunk: string) => chunks.push(chunk))
  socket.write(text)
  await once(socket, 'close')
  return chunks.join('')
}

describe('over the wire, by the typed client', () => {
  it('gives answers typed by status', async () => {
    const token = server.tokenOf(actorOf({ patientId: ANA }))
    expect((await call(hello, { baseUrl })).body).toEqual({ hello: 'world' })
    const read = await call(readChart, { baseUrl, token, params: { patientId: 'me' }, query: { limit: 5 } })
    expect(read.status === 200 && read.body.patientId).toBe(ANA)
    const changed = await call(changeChart, {
      baseUrl,
      token,
      params: { patientId: ANA },
      body: { text: 'x' },
      headers: { 'if-match': '"7"' },
    })
    expect([changed.status, changed.headers.get('etag')]).toEqual([200, '"8"'])
    expect((await call(logOut, { baseUrl, token })).status).toBe(204)
    const foreign = await call(readChart, { baseUrl, token, params: { patientId: BEN } })
    expect(foreign.status === 404 && foreign.body.code).toBe('not-found')
  })

  it('has the headers that keep an answer out of caches and frames', async () => {
    const { headers } = await call(hello, { baseUrl })
    expect(headers.get('cache-control')).toBe('no-store')
    expect(headers.get('x-content-type-options')).toBe('nosniff')
    expect(headers.get('content-security-policy')).toBe("default-src 'none'; frame-ancestors 'none'")
    expect(headers.get('x-frame-options')).toBe('DENY')
    expect(headers.get('strict-transport-security')).toContain('max-age')
    expect(headers.get('server') ?? headers.get('x-powered-by')).toBeNull()
  })
})

describe('over the wire, by hand', () => {
  const head = 'Host: x\r\nConnection: close\r\n'

  it('takes no second length: neither CL.TE nor TE.CL', async () => {
    const both = await raw(
      `POST /v1/admin/things HTTP/1.1\r\n${head}Content-Length: 6\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nX`,
    )
    const twice = await raw(
      `POST /v1/admin/things HTTP/1.1\r\n${head}Content-Length: 6\r\nContent-Length: 7\r\n\r\nabcdef`,
    )
    expect([both, twice].map((answer) => answer.split('\r\n')[0])).toEqual([
      'HTTP/1.1 400 Bad Request',
      'HTTP/1.1 400 Bad Request',
    ])
  })

  it('does not read the body of a stranger', async () => {
    const answer = await raw(
      `POST /v1/admin/things HTTP/1.1\r\n${head}Content-Type: application/json\r\nContent-Length: 1000000\r\n\r\n{`,
    )
    expect(answer).toMatch(/^HTTP\/1\.1 401 /)
  })

  it.each(['TRACE', 'CONNECT', 'OPTIONS', 'PROPFIND'])('has no %s', async (method) => {
    const answer = await raw(`${method} /v1/hello HTTP/1.1\r\n${head}\r\n`)
    expect(answer).not.toMatch(/^HTTP\/1\.1 2/)
  })

  it('says what a malformed path is, as a problem', async () => {
    const answer = await raw(`GET /v1/patients/%E0%A4%A/chart HTTP/1.1\r\n${head}\r\n`)
    expect(answer).toMatch(/^HTTP\/1\.1 40[04] /)
    expect(answer).toContain('application/problem+json')
    expect(answer).not.toContain('%E0')
  })
})

describe('a handler without end', () => {
  it('is cut off with 503, and audited as that', async () => {
    const wait = await call(contracts[6], { baseUrl, token: server.tokenOf(actorOf()) })
    expect([wait.status, wait.headers.get('retry-after')]).toEqual([503, '1'])
    expect(server.entries).toMatchObject([{ status: 503, route: '/v1/wait' }])
  })
})
