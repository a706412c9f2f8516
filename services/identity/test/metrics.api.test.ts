import { scrape, valuesBy } from '@wellgate/shared/testing/scraped'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { ADMIN_EMAIL, startIdentity, type IdentityUnderTest } from './support.ts'

let identity: IdentityUnderTest
beforeAll(async () => {
  identity = await startIdentity()
})
afterAll(() => identity?.service.stop())

const series = () => scrape(identity.service.opsUrl)

test('tries to log in are counted by how they ended, and never by whose they were', async () => {
  const before = valuesBy(await series(), 'wellgate_log_ins_total', 'result')
  expect(before).toEqual({ succeeded: 0, refused: 0, limited: 0, failed: 0 })
  await identity.logIn(ADMIN_EMAIL)
  const guess = { body: { email: 'somebody@home.example', password: 'wrong horse battery' } }
  const statuses: number[] = []
  for (let n = 0; n < 8; n++) statuses.push((await identity.call('identity.log-in', guess)).status)
  const after = await series()
  expect(valuesBy(after, 'wellgate_log_ins_total', 'result')).toEqual({
    succeeded: 1,
    refused: statuses.filter((status) => status === 401).length,
    limited: statuses.filter((status) => status === 429).length,
    failed: 0,
  })
  expect(statuses).toContain(429)
  const problems = after.filter(({ name }) => name === 'wellgate_problems_total')
  expect(problems.map(({ labels, value }) => [labels['code'], value])).toEqual(
    expect.arrayContaining([['log-in-refused', statuses.filter((status) => status === 401).length]]),
  )
  expect(JSON.stringify(after)).not.toContain('home.example')
})

test('activations, a token that came twice and the age of the signing key show', async () => {
  const { email } = await identity.activated()
  const body = { code: 'AAAA-BBBB-CCCC', birthDate: '1970-02-28', email, password: 'correct horse battery' }
  await identity.call('identity.activate-account', { body })
  const { refreshToken } = await identity.logIn(email)
  for (let n = 0; n < 2; n++) await identity.call('identity.refresh-session', { body: { refreshToken } })
  const after = await series()
  expect(valuesBy(after, 'wellgate_activations_total', 'result')).toMatchObject({ succeeded: 1, failed: 0 })
  expect(after.find(({ name }) => name === 'wellgate_refresh_token_reuses_total')?.value).toBe(1)
  const age = after.find(({ name }) => name === 'wellgate_signing_key_age_seconds')?.value
  expect(age).toBeGreaterThanOrEqual(0)
  expect(age).toBeLessThan(60)
})
