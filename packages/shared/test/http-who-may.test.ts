import { afterEach, describe, expect, it } from 'vitest'
import { ANA, BEN, actorOf, startTestServer, type TestServer } from './http-fixture.ts'
import { bearer, chart } from './http-urls.ts'

let server: TestServer
afterEach(() => server.app.close())

const staff = (role: 'clinician' | 'front-desk' | 'biller' | 'auditor' | 'admin') => actorOf({ roles: [role] })

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
