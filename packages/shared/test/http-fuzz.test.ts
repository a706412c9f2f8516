import * as fc from 'fast-check'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { ANA, BEN, actorOf, startTestServer, type TestServer } from './http-fixture.ts'

/** In every value that is sent; in nothing that comes back, is logged or counted. Names of fields may come back. */
const CANARY = 'zq7canary'
const RUNS = 400

let server: TestServer
beforeAll(async () => {
  server = await startTestServer({ strict: true })
})
afterAll(() => server.app.close())

const tainted = fc.string({ unit: 'binary', maxLength: 12 }).map((text) => CANARY + text)
const text = fc.oneof(
  tainted,
  fc.constantFrom('me', ANA, BEN, '__proto__', 'constructor', '\0', '..', '%00', "' or 1=1--"),
)
const header = fc.oneof(
  fc.constantFrom('"3"', 'application/json', 'application/fhir+json', 'gzip', 'TREAT', crypto.randomUUID()),
  fc.string({ maxLength: 20 }).map((value) => CANARY + value.replaceAll(/[^ -~]/g, '')),
)
const json = fc
  .jsonValue({ maxDepth: 4 })
  .chain((value) =>
    fc.constantFrom(
      value,
      { text: value },
      { text: CANARY, born: value },
      { name: value },
      { name: CANARY, [`~${CANARY}`]: value },
    ),
  )
const body = fc.oneof(
  json.map((value) => JSON.stringify(value)),
  tainted,
  fc.constant(''),
)

const request = fc.record({
  method: fc.constantFrom('GET', 'POST', 'PATCH', 'PUT', 'DELETE', 'OPTIONS'),
  url: fc.oneof(
    text.map((id) => `/v1/patients/${encodeURIComponent(id)}/chart`),
    fc
      .tuple(text, text)
      .map(([name, value]) => `/v1/patients/me/chart?${encodeURIComponent(`~${name}`)}=${encodeURIComponent(value)}`),
    fc.constantFrom('/v1/patients/me/chart', '/v1/admin/things', '/v1/admin/bundles', '/v1/hello', '/v1/own/session'),
    fc.webPath().map((path) => `/${CANARY}${path}`),
  ),
  headers: fc.dictionary(
    fc.constantFrom(
      'content-type',
      'content-encoding',
      'if-match',
      'idempotency-key',
      'x-purpose-of-use',
      'x-request-id',
      'x-user-id',
      'expect',
    ),
    header,
  ),
  payload: body,
  who: fc.constantFrom(
    undefined,
    actorOf({ patientId: ANA }),
    actorOf({ roles: ['clinician'] }),
    actorOf({ roles: ['front-desk'] }),
  ),
})

it('answers whatever it is sent with a status it means, and repeats none of it', async () => {
  const statuses = new Set<number>()
  await fc.assert(
    fc.asyncProperty(request, async ({ method, url, headers: sent, payload, who }) => {
      const before = server.entries.length
      const headers = {
        'content-type': 'application/json',
        ...sent,
        ...(who ? { authorization: `Bearer ${server.tokenOf(who)}` } : {}),
      }
      const answer = await server.app.inject({
        method: method as 'GET',
        url,
        headers,
        ...(method === 'GET' ? {} : { payload }),
      })
      statuses.add(answer.statusCode)
      expect(answer.statusCode).toBeLessThan(500)
      const echoed = answer.statusCode === 200 && method === 'PATCH' ? '' : answer.body
      expect(echoed + JSON.stringify(answer.headers)).not.toContain(CANARY)
      if (!who || answer.statusCode === 405) return
      expect(server.entries.length - before).toBeLessThanOrEqual(1)
    }),
    // Chance alone draws no good request in some runs.
    { numRuns: RUNS, examples: [[{ method: 'GET', url: '/v1/hello', headers: {}, payload: '', who: undefined }]] },
  )
  expect(server.logged() + (await server.metrics.registry.metrics())).not.toContain(CANARY)
  expect([...statuses]).toEqual(expect.arrayContaining([200, 400, 401, 404, 405]))
})
