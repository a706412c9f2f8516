import { afterEach, expect, it } from 'vitest'
import { platformErrors } from '../src/errors/platform-errors.ts'
import { ANA, actorOf, startTestServer, type TestHandlers, type TestServer } from './http-fixture.ts'

let server: TestServer
afterEach(() => server.app.close())

it('sends bytes as they are, as what the contract says they are, and problems as JSON', async () => {
  const print = async (handlers: Partial<TestHandlers> = {}) => {
    server = await startTestServer({ handlers })
    const token = server.tokenOf(actorOf({ patientId: ANA }))
    return server.app.inject({ url: '/v1/own/paper', headers: { authorization: `Bearer ${token}` } })
  }
  const answer = await print()
  expect(answer.rawPayload).toEqual(Buffer.from([0x25, 0x50, 0x44, 0x46, 0x00, 0xff]))
  expect(answer.headers).toMatchObject({
    'content-type': 'application/pdf',
    'content-disposition': 'inline; filename="chart.pdf"',
    'cache-control': 'no-store',
  })
  expect(server.entries).toMatchObject([{ status: 200 }])
  await server.app.close()
  const none = await print({ 'records.print-chart': () => Promise.reject(platformErrors['not-found']()) })
  expect([none.statusCode, none.headers['content-type']]).toEqual([404, expect.stringContaining('problem+json')])
  await server.app.close()
  const text = await print({ 'records.print-chart': async () => ({ status: 200, body: 'text' }) as never })
  expect([text.statusCode, text.json()]).toMatchObject([500, { code: 'internal' }])
})
