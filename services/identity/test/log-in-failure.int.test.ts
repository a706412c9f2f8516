import { afterAll, beforeAll, expect, test } from 'vitest'
import { FORGET_MS, waitMs } from '../src/sessions/back-off.ts'
import { takeLogInTry } from '../src/sessions/log-in-failure-repository.ts'
import { startIdentity, type IdentityUnderTest } from './support.ts'

let identity: IdentityUnderTest
beforeAll(async () => {
  identity = await startIdentity()
})
afterAll(() => identity?.service.stop())

const lastFailedAt = new Date('2026-11-23T08:00:00Z')
const mayTry = async (failures: number, agoMs: number): Promise<boolean> => {
  const emailIndex = 'a'.repeat(64)
  await identity.service.adminPool.query(
    `insert into identity.log_in_failure values ($1, $2, $3)
     on conflict (email_index) do update set failures = excluded.failures, last_failed_at = excluded.last_failed_at`,
    [emailIndex, failures, lastFailedAt],
  )
  return takeLogInTry(identity.service.pool, emailIndex, new Date(lastFailedAt.getTime() + agoMs))
}

test.each([1, 4, 5, 6, 7, 8, 9, 10, 11, 20, 1_000_000])(
  'after %i failures the database waits as waitMs says',
  async (n) => {
    const wait = waitMs({ failures: n, lastFailedAt }, lastFailedAt)
    if (wait > 0) expect(await mayTry(n, wait - 1)).toBe(false)
    expect(await mayTry(n, wait)).toBe(true)
    expect(await mayTry(n, FORGET_MS)).toBe(true)
  },
)
