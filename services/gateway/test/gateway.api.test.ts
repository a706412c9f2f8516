import { connect } from 'node:net'
import { allRoutes } from '@wellgate/shared/contracts/all-routes'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startGateway, startUpstream } from './harness.ts'

const PATIENT = '018f2b6e-0000-7000-8000-000000000001'

describe('gateway', () => {
  let upstream: Awaited<ReturnType<typeof startUpstream>>
  let gateway: Awaited<ReturnType<typeof startGateway>>

  beforeAll(async () => {
    upstream = await startUpstream({
      headers: { server: 'secret/1', 'x-internal-node': 'a', 'x-powered-by': 'us', etag: '"3"' },
    })
    gateway = await startGateway({
      WELLGATE_UPSTREAM_PATIENTS: upstream.url,
      WELLGATE_UPSTREAM_INTEROP: upstream.url,
      WELLGATE_UPSTREAM_IDENTITY: 'http://127.0.0.1:9',
    })
  })
  afterAll(async () => {
    await gateway.stop()
    await upstream.stop()
  })

  const last = () => upstream.seen.at(-1)

  it('sends a request on, query and body as they came', async () => {
    const response = await fetch(`${gateway.url}/v1/admin/imports?source=a-b`, {
      method: 'POST',
      headers: { 'content-type': 'application/fhir+json' },
      body: '{"é": 1.0}',
    })
    expect(await response.json()).toEqual({ from: 'upstream' })
    expect(last()).toMatchObject({ method: 'POST', url: '/v1/admin/imports?source=a-b', body: '{"é": 1.0}' })
    expect(last()?.headers['content-type']).toBe('application/fhir+json')
  })

  it('lets no identity or forwarding header through, in any spelling', async () => {
    await fetch(`${gateway.url}/v1/patients/me`, {
      headers: {
        authorization: 'Bearer token',
        'X-User-Id': 'admin',
        'x-user_id': 'admin',
        X_USER_ROLES: 'admin',
        'X-Forwarded-For': '10.0.0.1',
        'X-Forwarded-Host': 'evil',
        Forwarded: 'for=10.0.0.1',
        'X-Real-IP': '10.0.0.1',
        'X-Request-Id': 'chosen-by-me',
        'X-Original-URL': '/v1/admin/staff',
      },
    })
    const headers = last()?.headers ?? {}
    const allowed = ['accept', 'accept-language', 'authorization', 'connection', 'host', 'user-agent', 'x-request-id']
    expect(Object.keys(headers).filter((name) => !allowed.includes(name))).toEqual([])
    expect(headers['authorization']).toBe('Bearer token')
    expect(headers['x-request-id']).toMatch(/^[0-9a-f-]{36}$/)
  })

  it('lets nothing of the inside out, and says the same request id inside and outside', async () => {
    const response = await fetch(`${gateway.url}/v1/patients/me`)
    expect(response.headers.get('server')).toBeNull()
    expect(response.headers.get('x-powered-by')).toBeNull()
    expect(response.headers.get('x-internal-node')).toBeNull()
    expect(response.headers.get('etag')).toBe('"3"')
    expect(response.headers.get('x-request-id')).toBe(last()?.headers['x-request-id'])
    expect(response.headers.get('content-security-policy')).toContain("default-src 'self'")
    expect(response.headers.get('ratelimit-limit')).toBe('6000')
  })

  it('answers 404 not-configured for a service that is not run here', async () => {
    const response = await fetch(`${gateway.url}/v1/patients/${PATIENT}/summary`)
    expect(response.status).toBe(404)
    expect(response.headers.get('content-type')).toContain('application/problem+json')
    expect(await response.json()).toMatchObject({ code: 'not-configured' })
  })

  it('answers 503 with Retry-After for a service that is down, the sixth time without asking it', async () => {
    for (let time = 0; time < 6; time++) {
      const response = await fetch(`${gateway.url}/.well-known/jwks.json`)
      expect(response.status).toBe(503)
      expect(Number(response.headers.get('retry-after'))).toBeGreaterThan(0)
      expect(await response.json()).toMatchObject({ code: 'upstream-down' })
    }
  })

  it('answers 404 for what no contract has, and never passes it on', async () => {
    const before = upstream.seen.length
    for (const path of ['/v1/nothing', '/metrics', '/livez', '/v1/patients/me/../../admin/staff%00']) {
      expect((await fetch(gateway.url + path)).status).toBe(404)
    }
    expect(upstream.seen.length).toBe(before)
  })

  it('answers 405 with Allow for a method that a path does not have, and never passes it on', async () => {
    const before = upstream.seen.length
    for (const [method, path, allow] of [
      ['DELETE', '/v1/patients/me?why=not', 'GET, PATCH'],
      ['DELETE', `/v1/patients/${PATIENT}`, 'GET, PATCH'],
      ['PUT', '/v1/admin/imports', 'POST'],
    ] as const) {
      const response = await fetch(gateway.url + path, { method })
      expect([response.status, response.headers.get('allow')]).toEqual([405, allow])
      expect(await response.json()).toMatchObject({ code: 'method-not-allowed' })
    }
    // Nobody here answers what is asked of slots: its methods are none of ours to tell.
    expect((await fetch(`${gateway.url}/v1/slots`, { method: 'DELETE' })).status).toBe(404)
    expect(upstream.seen.length).toBe(before)
  })

  it.each(['%2e%2e', '..%2f..%2fadmin', 'a%5cb', 'a%00b'])('refuses the path segment %s', async (segment) => {
    const before = upstream.seen.length
    // fetch would resolve dots itself: written by hand, as an attacker would.
    const answer = await raw(gateway.url, `GET /v1/patients/${segment} HTTP/1.1`)
    expect(answer).toMatch(/^HTTP\/1\.1 40[04] /)
    expect(upstream.seen.length).toBe(before)
  })

  it('refuses a body that is declared larger than the route takes, before it is sent', async () => {
    const answer = await raw(gateway.url, 'POST /v1/admin/imports?source=a HTTP/1.1', [
      'content-type: application/fhir+json',
      `content-length: ${33 * 1024 * 1024}`,
    ])
    expect(answer).toMatch(/^HTTP\/1\.1 413 /)
    expect(answer).toContain('body-too-large')
  })

  it('refuses requests that two servers could read differently', async () => {
    const answer = await raw(gateway.url, 'POST /v1/admin/imports?source=a HTTP/1.1', [
      'content-length: 5',
      'transfer-encoding: chunked',
    ])
    expect(answer).toMatch(/^HTTP\/1\.1 400 /)
  })

  it('publishes OpenAPI 3.1 of the configured services only', async () => {
    const document = (await (await fetch(`${gateway.url}/openapi.json`)).json()) as {
      openapi: string
      info: { description: string }
      tags: { name: string }[]
      paths: object
    }
    expect(document.openapi).toBe('3.1.0')
    expect(document.info.description).toContain('POST /v1/sessions')
    expect(document.tags.map(({ name }) => name)).toEqual(['identity', 'patients', 'interop'])
    expect(Object.keys(document.paths)).toContain('/v1/patients/{patientId}')
    expect(Object.keys(document.paths)).not.toContain('/v1/patients/{patientId}/summary')
  })

  it('shows a docs page whose every asset comes from here', async () => {
    const response = await fetch(`${gateway.url}/docs/`)
    const page = await response.text()
    // Safari obeys it of 127.0.0.1, too, and would show nothing.
    expect(response.headers.get('content-security-policy')).not.toContain('upgrade-insecure-requests')
    const assets = [...page.matchAll(/(?:src|href)="([^"]+)"/g)].map((match) => match[1] ?? '')
    expect(assets.length).toBeGreaterThan(3)
    for (const asset of assets) {
      expect(asset).toMatch(/^\/docs\//)
      expect((await fetch(gateway.url + asset)).status).toBe(200)
    }
    expect(page).not.toMatch(/<script>|<style>| on\w+=/)
  })

  it.each(['%00', '..%2f..%2fpackage.json', 'nothing.js', ''])('has no asset at %s', async (path) => {
    expect(await raw(gateway.url, `GET /docs/assets/${path} HTTP/1.1`)).toMatch(/^HTTP\/1\.1 404 /)
  })

  it('routes every contract', async () => {
    for (const contract of allRoutes) {
      const response = await fetch(gateway.url + contract.path.replaceAll(/:\w+/g, PATIENT), {
        method: contract.method,
      })
      const body = (await response.json()) as { code?: string }
      expect(body.code, contract.id).not.toBe('no-such-route')
    }
  })
})

describe('gateway limits', () => {
  it('count what no route takes, too', async () => {
    const upstream = await startUpstream()
    const gateway = await startGateway({ WELLGATE_UPSTREAM_APPOINTMENTS: upstream.url, WELLGATE_RATE_LIMIT: '2' })
    const answers: [number, string | null][] = []
    for (const [method, path] of [
      ['DELETE', '/v1/slots'],
      ['GET', '/v1/nothing'],
      ['DELETE', '/v1/slots'],
    ] as const) {
      const { status, headers } = await fetch(gateway.url + path, { method })
      answers.push([status, headers.get('allow')])
    }
    expect(answers).toEqual([
      [405, 'GET'],
      [404, null],
      [429, null],
    ])
    await gateway.stop()
    await upstream.stop()
  })

  it('answers 429 with Retry-After when an address logs in too often', async () => {
    const upstream = await startUpstream()
    const gateway = await startGateway({ WELLGATE_UPSTREAM_IDENTITY: upstream.url, WELLGATE_RATE_LIMIT_LOG_IN: '3' })
    const statuses: number[] = []
    let answer: Response | undefined
    for (let time = 0; time < 4; time++) {
      answer = await fetch(`${gateway.url}/v1/sessions`, { method: 'POST', body: '{}' })
      statuses.push(answer.status)
    }
    expect(statuses).toEqual([200, 200, 200, 429])
    expect(Number(answer?.headers.get('retry-after'))).toBeGreaterThan(0)
    expect(await answer?.json()).toMatchObject({ code: 'rate-limited' })
    expect((await fetch(`${gateway.url}/.well-known/jwks.json`)).status).toBe(200)
    await gateway.stop()
    await upstream.stop()
  })

  it('does not limit what the payment processor signs as it limits log-ins', async () => {
    const upstream = await startUpstream()
    const gateway = await startGateway({ WELLGATE_UPSTREAM_BILLING: upstream.url, WELLGATE_RATE_LIMIT_LOG_IN: '1' })
    const tell = () =>
      fetch(`${gateway.url}/v1/webhooks/payments`, {
        method: 'POST',
        body: '{}',
        headers: { 'content-type': 'application/json', 'stripe-signature': 't=1,v1=0' },
      })
    expect([(await tell()).status, (await tell()).status]).toEqual([200, 200])
    await gateway.stop()
    await upstream.stop()
  })

  it.each([
    ['nobody', '', [200, 429, 429]],
    ['another', '10.1.2.0/24, ::1', [200, 429, 429]],
    ['this', '10.1.2.0/24,127.0.0.0/8', [200, 200, 429]],
  ])('by what X-Forwarded-For says only where %s proxy is trusted', async (_which, proxies, expected) => {
    const upstream = await startUpstream()
    const gateway = await startGateway({
      WELLGATE_UPSTREAM_IDENTITY: upstream.url,
      WELLGATE_RATE_LIMIT_LOG_IN: '1',
      WELLGATE_TRUSTED_PROXIES: proxies,
    })
    const statuses: number[] = []
    // The last says more than its proxy: what is left of the address that the proxy saw is the caller's invention.
    for (const forwarded of ['198.51.100.1', '198.51.100.2', '203.0.113.9, 198.51.100.2']) {
      const answer = await fetch(`${gateway.url}/v1/sessions`, {
        method: 'POST',
        body: '{}',
        headers: { 'x-forwarded-for': forwarded },
      })
      statuses.push(answer.status)
    }
    expect(statuses).toEqual(expected)
    expect(upstream.seen.every(({ headers }) => headers['x-forwarded-for'] === undefined)).toBe(true)
    await gateway.stop()
    await upstream.stop()
  })

  it.each(['ingress', '10.0.0.0/33', '0.0.0.0/0', '10.0.0.1,,'])(
    'takes no %s for a proxy to trust',
    async (proxies) => {
      await expect(startGateway({ WELLGATE_TRUSTED_PROXIES: proxies })).rejects.toThrow(
        /WELLGATE_TRUSTED_PROXIES is not/,
      )
    },
  )
})

/** Sends a request by hand and gives all that came back. */
function raw(base: string, line: string, headers: readonly string[] = []): Promise<string> {
  const { hostname, port } = new URL(base)
  return new Promise((done, fail) => {
    const socket = connect(Number(port), hostname, () => {
      socket.write([line, `host: ${hostname}:${port}`, 'connection: close', ...headers, '', ''].join('\r\n'))
    })
    let text = ''
    socket.on('data', (chunk: Buffer) => {
      text += chunk.toString()
      if (/\r\n\r\n/.test(text) && !headers.some((header) => header.startsWith('connection'))) socket.end()
    })
    socket.on('close', () => done(text))
    socket.on('error', fail)
  })
}
