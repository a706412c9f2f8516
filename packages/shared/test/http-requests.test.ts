import { afterEach, describe, expect, it } from 'vitest'
import { ANA, actorOf, startTestServer, type TestServer } from './http-fixture.ts'
import { bearer, chart } from './http-urls.ts'

let server: TestServer
afterEach(() => server.app.close())

const patch = (body: unknown, more: Record<string, string> = {}) => ({
  method: 'PATCH' as const,
  url: chart('me'),
  headers: {
    ...bearer(server.tokenOf(actorOf({ patientId: ANA }))),
    'if-match': '"3"',
    'content-type': 'application/json',
    ...more,
  },
  payload: typeof body === 'string' ? body : JSON.stringify(body),
})

describe('requests', () => {
  it('names each wrong field, and repeats no value', async () => {
    server = await startTestServer()
    const answer = await server.app.inject(
      patch({ text: 'zq7-much-too-long-for-this', born: 'zq7-1970', 'zq7 name': 'zq7' }),
    )
    expect(answer.statusCode).toBe(400)
    expect(answer.json()).toMatchObject({ code: 'invalid-request', type: 'urn:wellgate:problem:invalid-request' })
    expect(answer.json<{ fields: unknown[] }>().fields).toEqual([
      { field: 'body.text', expected: 'at most 20 characters' },
      { field: 'body.born', expected: 'a date, YYYY-MM-DD' },
      { field: 'body.?', expected: 'not to be there' },
    ])
    expect(answer.body + server.logged()).not.toContain('zq7')
  })

  it.each([
    ['no JSON', '{"text":', 400],
    ['__proto__', '{"text":"a","__proto__":{"admin":true}}', 400],
    ['__proto__ escaped', String.raw`{"text":"a","\u005f_proto__":{"admin":true}}`, 400],
    ['constructor.prototype', '{"text":"a","constructor":{"prototype":{"admin":true}}}', 400],
    ['__PROTO__ in capitals', '{"text":"a","__PROTO__":{"admin":true}}', 400],
    ['U+0000', String.raw`{"text":"a\u0000b"}`, 400],
    ['an escaped backslash before u0000', String.raw`{"text":"a\\u0000b"}`, 200],
    ['half a surrogate pair', String.raw`{"text":"a\ud83c"}`, 400],
    ['the other half, in capitals', String.raw`{"text":"\uDF38 a"}`, 400],
    ['both halves', String.raw`{"text":"\ud83c\udf38"}`, 200],
    ['nothing', '', 400],
    ['null', 'null', 400],
    ['a list', '[]', 400],
    ['what is right', '{"text":"a"}', 200],
  ])('a body with %s', async (_name, body, status) => {
    server = await startTestServer()
    const answer = await server.app.inject(patch(body))
    expect(answer.statusCode).toBe(status)
    expect(({} as { admin?: boolean }).admin).toBeUndefined()
  })

  it.each([
    [undefined, 428],
    ['*', 400],
    ['3', 400],
    ['W/"3"', 400],
    ['"3", "4"', 400],
    ['"3"', 200],
  ])('If-Match %s', async (value, status) => {
    server = await startTestServer()
    const {
      headers: { 'if-match': _, ...headers },
      ...rest
    } = patch({ text: 'a' })
    const answer = await server.app.inject({
      ...rest,
      headers: value === undefined ? headers : { ...headers, 'if-match': value },
    })
    expect(answer.statusCode).toBe(status)
    expect(answer.headers.etag).toBe(status === 200 ? '"4"' : undefined)
  })

  it.each([
    ['?limit=0', 400],
    ['?limit=x', 400],
    ['?limit=1&limit=2', 400],
    ['?patientId=x', 400],
    ['?__proto__=x', 400],
    ['?limit=5', 200],
  ])('the query %s', async (query, status) => {
    server = await startTestServer()
    const headers = bearer(server.tokenOf(actorOf({ patientId: ANA })))
    expect((await server.app.inject({ url: chart('me') + query, headers })).statusCode).toBe(status)
  })

  it.each([`${ANA}%00`, '%00', `${ANA}'--`, '..%2f', '%', 'ME'])('the id %s never reaches a handler', async (id) => {
    server = await startTestServer({ handlers: { 'records.read-chart': () => Promise.reject(new Error('reached')) } })
    const headers = bearer(server.tokenOf(actorOf({ patientId: ANA, roles: ['clinician'] })))
    expect((await server.app.inject({ url: chart(id), headers })).statusCode).toBeOneOf([400, 404])
  })

  it.each([
    ['application/json', 413, 'x'.repeat(1_100_000)],
    ['text/plain', 415, 'x'],
    ['application/x-www-form-urlencoded', 415, 'text=a'],
    ['application/json; charset=utf-8', 200, '{"text":"a"}'],
    ['application/merge-patch+json', 200, '{"text":"a"}'],
  ])('a body of type %s is %i', async (type, status, body) => {
    server = await startTestServer()
    expect((await server.app.inject(patch(body, { 'content-type': type }))).statusCode).toBe(status)
  })

  it('takes no compressed body', async () => {
    server = await startTestServer()
    expect((await server.app.inject(patch('{"text":"a"}', { 'content-encoding': 'gzip' }))).statusCode).toBe(415)
  })

  it.each(['application/fhir+json', 'application/json'])('keeps a body of type %s as it came', async (type) => {
    server = await startTestServer()
    const headers = { ...bearer(server.tokenOf(actorOf({ roles: ['front-desk'] }))), 'content-type': type }
    const send = (payload: string) => server.app.inject({ method: 'POST', url: '/v1/admin/bundles', headers, payload })
    expect((await send('{"value": 1.10}')).json()).toEqual({ bytes: 15, raw: true })
    expect((await send(' '.repeat(1_500_000))).statusCode).toBe(202)
    expect((await send(' '.repeat(2_100_000))).statusCode).toBe(413)
  })

  it('asks for an Idempotency-Key that cannot be guessed', async () => {
    server = await startTestServer()
    const send = (key: Record<string, string>) =>
      server.app.inject({
        method: 'POST',
        url: '/v1/admin/things',
        headers: { ...bearer(server.tokenOf(actorOf({ roles: ['front-desk'] }))), ...key },
        payload: { name: 'x' },
      })
    expect((await send({})).statusCode).toBe(400)
    expect((await send({ 'idempotency-key': '1' })).statusCode).toBe(400)
    expect((await send({ 'idempotency-key': crypto.randomUUID() })).json()).toEqual({ id: 'x', keyed: true })
  })

  it('gives its own request ids unless the gateway is in front', async () => {
    server = await startTestServer()
    const id = 'given-by-the-caller'
    expect(
      (await server.app.inject({ url: '/v1/hello', headers: { 'x-request-id': id } })).headers['x-request-id'],
    ).not.toBe(id)
    await server.app.close()
    server = await startTestServer({ trustRequestId: true })
    expect(
      (await server.app.inject({ url: '/v1/hello', headers: { 'x-request-id': id } })).headers['x-request-id'],
    ).toBe(id)
    const bad = await server.app.inject({ url: '/v1/hello', headers: { 'x-request-id': 'a b\n' } })
    expect(bad.headers['x-request-id']).toMatch(/^[0-9a-f-]{36}$/)
  })

  it('says 405 with Allow for another method and 404 for another path, also before log-in', async () => {
    server = await startTestServer()
    const wrong = await server.app.inject({ method: 'PUT', url: chart(ANA) })
    expect([wrong.statusCode, wrong.headers.allow, wrong.json<{ code: string }>().code]).toEqual([
      405,
      'GET, PATCH',
      'method-not-allowed',
    ])
    expect((await server.app.inject({ method: 'HEAD', url: '/v1/hello' })).statusCode).toBe(405)
    const missing = await server.app.inject({ url: '/v1/nothing/zq7' })
    expect([missing.statusCode, missing.body.includes('zq7')]).toEqual([404, false])
  })
})
