import { expect, test } from 'vitest'
import { sweepSessions } from '../src/sessions/sweep.ts'
import { ADMIN_EMAIL, startIdentity } from './support.ts'

test('deletes what expired a day ago and nothing else', async () => {
  const identity = await startIdentity()
  try {
    const { pool } = identity.service
    const hours = 60 * 60_000
    await identity.logIn(ADMIN_EMAIL)
    await identity.call('identity.log-in', { body: { email: ADMIN_EMAIL, password: 'wrong horse battery' } })
    const left = async (aheadMs: number) => {
      const now = () => new Date(Date.now() + aheadMs)
      await sweepSessions({ pool, now }).run(new AbortController().signal)
      const { rows } = await pool.query(
        `select (select count(*)::int from session) as sessions, (select count(*)::int from refresh_token) as tokens,
                (select count(*)::int from log_in_failure) as failures`,
      )
      return rows[0]
    }
    expect(await left(0)).toEqual({ sessions: 1, tokens: 1, failures: 1 })
    expect(await left(35 * hours)).toEqual({ sessions: 1, tokens: 1, failures: 0 })
    expect(await left(37 * hours)).toEqual({ sessions: 0, tokens: 0, failures: 0 })
  } finally {
    await identity.service.stop()
  }
})
