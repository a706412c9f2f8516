import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { platformErrors } from '../src/errors/platform-errors.ts'
import { ANA, BEN, actorOf, startTestServer, type TestHandlers, type TestServer } from './http-fixture.ts'

let server: TestServer
afterEach(() => server.app.close())

const bearer = (token: string) => ({ authorization: `Bearer ${token}` })
const chart = (patient: string) => `/v1/patients/${patient}/chart`

const staff = (role: 'clinician' | 'front-desk' | 'biller' | 'auditor' | 'admin') => actorOf({ roles: [role] })

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

const own = async () =>
  server.app.inject({ url: chart('me'), headers: bearer(server.tokenOf(actorOf({ patientId: ANA }))) })

const waiting = (handlerMs: number) => (): Promise<{ status: 204 }> => sleep(handlerMs, { status: 204 } as const)
const getWait = async () => server.app.inject({ url: '/v1/wait', headers: bearer(server.tokenOf(actorOf())) })
const failingLate = () => sleep(150).then(() => Promise.reject(new Error('zq7')))

describe('who may', () => {
  const cases = [
    ['nobody reads a public route', undefined, 'GET', '/v1/hello', 200],
    ['nobody reads a chart', undefined, 'GET', chart(ANA), 401],
    ['a patient reads their own chart', actorOf({ patientId: ANA }), 'GET', chart(ANA), 200],
    ['a patient reads their own chart in capitals', actorOf({ patientId: ANA }), 'GET', chart(ANA.toUpperCase()), 200],
    ['a patient reads me', actorOf({ patientId: ANA }), 'GET', chart('me'), 200],
    ["a patient reads another's chart", actorOf({ patientId: ANA }), 'GET', chart(BEN), 404],
    ['a patient reads a chart that no one has', actorOf({ patientId: ANA }), 'GET', chart(crypto.randomUUID()), 404],
    ['a clinician reads a chart', staff('clinician'), 'GET', chart(ANA), 200],
    ['a clinician has no me', staff('clinician'), 'GET', chart('me'), 404],
    ['a biller reads a chart', staff('biller'), 'GET', chart(ANA), 404],
    ['an auditor reads a chart', staff('auditor'), 'GET', chart(ANA), 404],
    ['an admin reads a chart', staff('admin'), 'GET', chart(ANA), 404],
    ['the front desk adds a thing', staff('front-desk'), 'POST', '/v1/admin/things', 201],
    ['a clinician adds a thing', staff('clinician'), 'POST', '/v1/admin/things', 403],
    ['a patient adds a thing', actorOf({ patientId: ANA }), 'POST', '/v1/admin/things', 403],
    ['nobody adds a thing', undefined, 'POST', '/v1/admin/things', 401],
    ['anyone with a token logs out', actorOf(), 'DELETE', '/v1/own/session', 204],
  ] as const

  it.each(cases)('%s', async (_name, actor, method, url, status) => {
    server = await startTestServer({ strict: true })
    const answer = await server.app.inject({
      method,
      url,
      headers: { ...(actor ? bearer(server.tokenOf(actor)) : {}), 'idempotency-key': crypto.randomUUID() },
      ...(method === 'POST' ? { payload: { name: 'x' } } : {}),
    })
    expect(answer.statusCode).toBe(status)
    expect(answer.headers['cache-control']).toBe('no-store')
    expect(answer.headers['x-request-id']).toMatch(/^[0-9a-f-]{36}$/)
    const type =
      status >= 400
        ? 'application/problem+json; charset=utf-8'
        : status === 204
          ? undefined
          : 'application/json; charset=utf-8'
    expect(answer.headers['content-type']).toBe(type)
    const entry = { actorId: actor?.accountId, status, decision: status < 400 ? 'allow' : 'deny' }
    expect(server.entries).toMatchObject(actor ? [entry] : [])
  })

  it('answers a foreign id exactly as one that does not exist', async () => {
    server = await startTestServer()
    const headers = bearer(server.tokenOf(actorOf({ patientId: ANA })))
    const [foreign, unknown] = await Promise.all(
      [BEN, crypto.randomUUID()].map((id) => server.app.inject({ url: chart(id), headers })),
    )
    const shown = (answer: typeof foreign) => ({ ...answer?.json<Record<string, unknown>>(), requestId: '' })
    expect(foreign?.statusCode).toBe(404)
    expect(shown(foreign)).toEqual(shown(unknown))
  })

  it('refuses a voided token, and lets self and role live when news is stale', async () => {
    server = await startTestServer()
    const headers = bearer(server.tokenOf(actorOf({ patientId: ANA })))
    server.standing = 'void'
    expect((await server.app.inject({ url: chart('me'), headers })).statusCode).toBe(401)
    expect(server.entries[0]).toMatchObject({ decision: 'deny', status: 401 })
    server.standing = 'stale'
    expect((await server.app.inject({ url: chart('me'), headers })).statusCode).toBe(200)
  })

  it('believes no header about identity', async () => {
    server = await startTestServer()
    const forged = {
      'x-user-id': ANA,
      x_user_id: ANA,
      'X-Forwarded-User': 'admin',
      'x-account-id': ANA,
      'x-roles': 'admin',
      cookie: `token=${ANA}`,
    }
    expect((await server.app.inject({ url: chart(ANA), headers: forged })).statusCode).toBe(401)
    const headers = { ...forged, ...bearer(server.tokenOf(actorOf({ patientId: BEN }))) }
    expect((await server.app.inject({ url: chart(ANA), headers })).statusCode).toBe(404)
  })
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

describe('answers', () => {
  it('cuts an answer to its schema', async () => {
    const body = { patientId: ANA, text: 'well', secret: 'zq7' }
    server = await startTestServer({ handlers: { 'records.read-chart': async () => ({ status: 200, body, etag: 3 }) } })
    const answer = await own()
    expect(answer.json()).toEqual({ patientId: ANA, text: 'well' })
    expect(answer.headers.etag).toBe('"3"')
  })

  it.each([
    ['a body that does not fit', { status: 200, body: { patientId: ANA, text: 7, zq7: 'zq7' } }],
    ['an undeclared status', { status: 201, body: { patientId: ANA, text: 'zq7' } }],
    ['an inherited status', { status: 'constructor', body: { text: 'zq7' } }],
  ])('answers 500 and nothing else for %s', async (_name, answer) => {
    server = await startTestServer({ handlers: { 'records.read-chart': async () => answer as never } })
    const got = await own()
    expect(got.statusCode).toBe(500)
    expect(got.json()).toEqual({
      type: 'urn:wellgate:problem:internal',
      title: expect.any(String),
      status: 500,
      code: 'internal',
      requestId: expect.any(String),
    })
    expect(server.logged()).toContain('does not fit its contract')
    expect(got.body + server.logged()).not.toContain('zq7')
    expect(server.entries).toMatchObject([{ status: 500 }])
  })

  it('tells a test why', async () => {
    server = await startTestServer({
      strict: true,
      handlers: { 'records.read-chart': async () => ({ status: 201 }) as never },
    })
    expect((await own()).json<{ detail: string }>().detail).toBe('records.read-chart: status 201 is not declared')
  })

  it('takes an undeclared problem for a bug, and in production still says it', async () => {
    const conflict = { 'records.read-chart': () => Promise.reject(platformErrors.conflict({ detail: 'Taken.' })) }
    server = await startTestServer({ handlers: conflict })
    expect((await own()).statusCode).toBe(409)
    expect(server.logged()).toContain('does not declare')
    await server.app.close()
    server = await startTestServer({ handlers: conflict, strict: true })
    expect((await own()).statusCode).toBe(500)
  })

  it.each([
    ['an error of ours', () => new Error('zq7'), 500],
    ['something that is no error', () => 'zq7', 500],
    ['a refused connection', () => Object.assign(new Error('connect ECONNREFUSED zq7'), { code: 'ECONNREFUSED' }), 503],
    ['a statement timeout', () => Object.assign(new Error('zq7'), { code: '57014' }), 503],
    ['a full pool', () => new Error('timeout exceeded when trying to connect'), 503],
    ['a broken constraint', () => Object.assign(new Error('Key (name)=(zq7)'), { code: '23505', detail: 'zq7' }), 500],
  ])('%s tells nothing', async (_name, error, status) => {
    server = await startTestServer({ handlers: { 'records.read-chart': () => Promise.reject(error()) } })
    const answer = await own()
    expect(answer.statusCode).toBe(status)
    expect(answer.headers['retry-after']).toBe(status === 503 ? '1' : undefined)
    expect(answer.body + server.logged()).not.toContain('zq7')
  })

  it('gives no data without an audit entry, for an allowed and for a denied request', async () => {
    server = await startTestServer()
    server.auditFails = true
    const token = server.tokenOf(actorOf({ patientId: ANA }))
    for (const id of [ANA, BEN]) {
      const answer = await server.app.inject({ url: chart(id), headers: bearer(token) })
      expect(answer.statusCode).toBe(503)
      expect(answer.headers['content-type']).toMatch('application/problem+json')
      expect(answer.headers.etag).toBeUndefined()
      expect(answer.json()).toMatchObject({ code: 'unavailable', status: 503 })
      expect(answer.body).not.toContain(ANA)
    }
    expect(
      (await server.app.inject({ method: 'DELETE', url: '/v1/own/session', headers: bearer(token) })).statusCode,
    ).toBe(503)
  })

  it('does not send as data what could not be sent as it was audited', async () => {
    const headers = { location: 'a\nb' }
    const bad = async () => ({ status: 200, body: { patientId: ANA, text: 'well' }, headers }) as const
    server = await startTestServer({ handlers: { 'records.read-chart': bad } })
    const answer = await own()
    expect([answer.statusCode, answer.body.includes(ANA)]).toEqual([503, false])
    expect(server.entries).toHaveLength(1)
  })

  describe('with 100 ms for the handler', () => {
    it('waits for the audit entry however long the handler took', async () => {
      server = await startTestServer({ handlers: { 'records.wait': waiting(50) } })
      server.auditTakesMs = 200
      expect((await getWait()).statusCode).toBe(204)
      expect(server.entries).toMatchObject([{ status: 204 }])
    })

    it('sends what was audited, when the handler ends while its 503 is being audited', async () => {
      server = await startTestServer({ handlers: { 'records.wait': waiting(200) } })
      server.auditTakesMs = 300
      expect((await getWait()).statusCode).toBe(503)
      expect(server.entries).toMatchObject([{ status: 503 }])
    })

    it('logs what fails after that, and nothing more comes of it', async () => {
      server = await startTestServer({ handlers: { 'records.wait': failingLate } })
      expect((await getWait()).statusCode).toBe(503)
      await vi.waitFor(() => expect(server.logged()).toContain('failed after its time'))
      expect(server.logged()).not.toContain('zq7')
    })
  })

  it('audits what the handler names: who logged in, which patient, which import', async () => {
    const ana = actorOf({ roles: ['clinician'] })
    const logIn: TestHandlers['records.say-hello'] = async (request) => {
      request.actsAs(ana)
      request.subject(BEN)
      request.note({ count: 1 })
      request.note({ importId: ANA })
      return { status: 200, body: { hello: 'x' } }
    }
    server = await startTestServer({ handlers: { 'records.say-hello': logIn } })
    await server.app.inject('/v1/hello')
    const detail = { count: 1, importId: ANA }
    expect(server.entries).toMatchObject([
      { actorId: ana.accountId, patientId: BEN, purpose: 'TREAT', detail, decision: 'allow' },
    ])
    server.auditFails = true
    expect((await server.app.inject('/v1/hello')).statusCode).toBe(503)
  })

  it('keeps paths and queries out of logs and metrics', async () => {
    server = await startTestServer()
    const answer = await server.app.inject({
      url: `${chart('me')}?limit=7`,
      headers: bearer(server.tokenOf(actorOf({ patientId: ANA }))),
    })
    expect(answer.statusCode).toBe(200)
    expect(server.logged()).toContain('"route":"/v1/patients/:patientId/chart"')
    const seen = server.logged() + (await server.metrics.registry.metrics())
    expect(seen).toContain(
      'http_request_duration_seconds_count{service="test",route="/v1/patients/:patientId/chart",method="GET",status_class="2xx"} 1',
    )
    for (const trace of ['limit', '/me/', ANA]) expect(seen).not.toContain(trace)
  })
})
