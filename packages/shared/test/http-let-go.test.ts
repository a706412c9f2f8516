import { expect, test } from 'vitest'
import { ANA, startTestServer } from './http-fixture.ts'

test('answers let go of their connection while the process drains, whatever they say', async () => {
  let draining = false
  const { app } = await startTestServer({ isDraining: () => draining })
  const answers = async () => {
    const asked = ['/v1/hello', `/v1/patients/${ANA}/chart`, '/v1/nothing'].map((url) => app.inject({ url }))
    return (await Promise.all(asked)).map(({ statusCode, headers }) => [statusCode, headers['connection']])
  }
  const saying = (what: string) => [200, 401, 404].map((status) => [status, what])
  expect(await answers()).toEqual(saying('keep-alive'))
  draining = true
  expect(await answers()).toEqual(saying('close'))
  await app.close()
})
