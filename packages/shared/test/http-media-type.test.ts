import { afterEach, expect, it } from 'vitest'
import { ANA, actorOf, startTestServer, type TestServer } from './http-fixture.ts'

let server: TestServer
afterEach(() => server.app.close())

it.each([
  ['a form', 'application/x-www-form-urlencoded', {}, { field: 'headers.content-type', expected: 'application/json' }],
  [
    'a compressed body',
    'application/json',
    { 'content-encoding': 'gzip' },
    { field: 'headers.content-encoding', expected: 'not to be there' },
  ],
])('%s is told what was expected', async (_name, type, more, field) => {
  server = await startTestServer()
  const answer = await server.app.inject({
    method: 'PATCH',
    url: '/v1/patients/me/chart',
    headers: {
      authorization: `Bearer ${server.tokenOf(actorOf({ patientId: ANA }))}`,
      'if-match': '"3"',
      'content-type': type,
      ...more,
    },
    payload: 'text=a',
  })
  expect([answer.statusCode, answer.json()]).toMatchObject([415, { code: 'unsupported-media-type', fields: [field] }])
})
