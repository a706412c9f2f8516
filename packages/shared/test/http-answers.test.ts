import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { platformErrors } from '../src/errors/platform-errors.ts'
import { ANA, BEN, actorOf, startTestServer, type TestHandlers, type TestServer } from './http-fixture.ts'
import { bearer, chart } from './http-urls.ts'

let server: TestServer
afterEach(() => server.app.close())

const own = async () =>
  server.app.inject({ url: chart('me'), headers: bearer(server.tokenOf(actorOf({ patientId: ANA }))) })

const waiting = (handlerMs: number) => (): Promise<{ status: 204 }> => sleep(handlerMs, { status: 204 } as const)
const getWait = async () => server.app.inject({ url: '/v1/wait', headers: bearer(server.tokenOf(actorOf())) })
const failingLate = () => sleep(150).then(() => Promise.reject(new Error('zq7')))

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
    it('waits for the audit entry, though both take longer than that', async () => {
      server = await startTestServer({ handlers: { 'records.wait': waiting(1) } })
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
