import { remoteJwks } from '@wellgate/shared/access/jwks'
import { createTokenVerifier } from '@wellgate/shared/access/tokens'
import { sessionRevoked } from '@wellgate/shared/contracts/identity/events'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { ADMIN_EMAIL, PASSWORD, startIdentity, statusesOf, type IdentityUnderTest } from './support.ts'

let identity: IdentityUnderTest
beforeAll(async () => {
  identity = await startIdentity()
})
afterAll(() => identity?.service.stop())

const refresh = (refreshToken: string) => identity.call('identity.refresh-session', { body: { refreshToken } })
const whoAmI = (token: string) => identity.call('identity.read-own-account', { token })
const claimsOf = (token: string): { sid: string; iat: number; exp: number } =>
  JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString())
const sessionIdOf = (token: string): string => claimsOf(token).sid
const after = async <T>(aheadMs: number, work: () => Promise<T>): Promise<T> => {
  identity.clock.aheadMs = aheadMs
  return work().finally(() => (identity.clock.aheadMs = 0))
}
const guess = (email: string, password = 'wrong horse battery') =>
  identity.call('identity.log-in', { body: { email, password } })

describe('logging in', () => {
  test('gives tokens that every service can verify by the published keys', async () => {
    const answer = await identity.call('identity.log-in', {
      body: { email: ADMIN_EMAIL.toUpperCase(), password: PASSWORD },
    })
    expect(answer.status).toBe(201)
    expect(answer.body).toEqual({ accessToken: expect.any(String), expiresIn: 600, refreshToken: expect.any(String) })
    const verifier = createTokenVerifier({
      issuer: 'https://identity.test',
      audience: 'wellgate-test',
      jwks: remoteJwks(`${identity.service.url}/.well-known/jwks.json`),
    })
    const actor = await verifier.verify(answer.body.accessToken)
    expect(actor).toMatchObject({
      patientId: null,
      roles: [{ role: 'admin', facilityId: identity.facilityId }],
      tokenVersion: 0,
    })
    expect((await whoAmI(answer.body.accessToken)).body).toMatchObject({
      id: actor.accountId,
      email: ADMIN_EMAIL,
      disabled: false,
    })
  })

  test('answers alike to an unknown e-mail, a wrong password and a disabled account', async () => {
    const gone = await identity.staff('biller')
    const disabled = await identity.call('identity.disable-account', {
      token: await identity.admin(),
      params: { accountId: gone.accountId },
    })
    expect(disabled.status).toBe(204)
    const refused = await Promise.all(
      [
        { email: 'nobody@clinic.example', password: PASSWORD },
        { email: ADMIN_EMAIL, password: 'wrong horse battery' },
        { email: gone.email, password: PASSWORD },
      ].map((body) => identity.call('identity.log-in', { body })),
    )
    for (const { status, body } of refused) {
      expect(status).toBe(401)
      expect({ ...body, requestId: undefined }).toEqual({ ...refused[0]?.body, requestId: undefined })
    }
    expect(refused[0]?.body.code).toBe('log-in-refused')
  })

  test('takes as long for an unknown e-mail as for a wrong password', async () => {
    const { email } = await identity.staff('auditor')
    const fastest = async (emailOf: (attempt: number) => string, password: string): Promise<number> => {
      const times: number[] = []
      for (let attempt = 0; attempt < 4; attempt++) {
        const started = performance.now()
        await guess(emailOf(attempt), password)
        times.push(performance.now() - started)
      }
      return Math.min(...times)
    }
    const invalid = await fastest(() => email, '')
    const known = await fastest(() => email, 'wrong horse battery')
    const unknown = await fastest((attempt) => `nobody-${attempt}@clinic.example`, 'wrong horse battery')
    // A hash takes 10 ms and more; an answer that skips it is as quick as one to a body that is not valid.
    expect(known - invalid).toBeGreaterThan(5)
    expect(unknown - invalid).toBeGreaterThan(5)
  })

  test('names the wrong fields of a body and not their values', async () => {
    const answer = await identity.call('identity.log-in', {
      body: { email: 'not-an-address', password: PASSWORD, extra: 1 },
    })
    expect(answer.status).toBe(400)
    expect(JSON.stringify(answer.body)).not.toContain('not-an-address')
  })

  test('leaves an audit entry of who logged in', async () => {
    const { accessToken } = await identity.logIn(ADMIN_EMAIL)
    const { rows } = await identity.service.pool.query(
      `select action, decision, status from audit_entry where session_id = $1`,
      [sessionIdOf(accessToken)],
    )
    expect(rows).toEqual([{ action: 'login', decision: 'allow', status: 201 }])
  })

  test('stores neither password nor refresh token nor e-mail', async () => {
    const { refreshToken } = await identity.logIn(ADMIN_EMAIL)
    const { rows } = await identity.service.adminPool.query<{ text: string }>(
      `select row_to_json(a)::text || encode(a.email, 'escape') as text from identity.account a
       union all select row_to_json(t)::text from identity.refresh_token t`,
    )
    const all = rows.map(({ text }) => text).join('\n')
    expect(rows.length).toBeGreaterThan(1)
    for (const secret of [PASSWORD, ADMIN_EMAIL, refreshToken]) expect(all).not.toContain(secret)
    expect(all).toContain('$argon2id$v=19$m=19456,t=2,p=1$')
  })
})

describe('guessing passwords', () => {
  test.each(['known', 'unknown'])(
    'a %s e-mail has to wait after five failures, and is heard again later',
    async (kind) => {
      const email = kind === 'known' ? (await identity.staff('auditor')).email : 'guessed@clinic.example'
      for (let i = 0; i < 5; i++) expect((await guess(email)).status).toBe(401)
      const waiting = await guess(email, PASSWORD)
      expect(waiting).toMatchObject({ status: 429, body: { code: 'rate-limited' } })
      expect(waiting.headers.get('retry-after')).toBe('2')
      const later = await after(3_000, () => guess(email, PASSWORD))
      expect(later.status).toBe(kind === 'known' ? 201 : 401)
    },
  )

  test.each(['known', 'unknown'])('a burst on a %s e-mail has no more than the five free tries', async (kind) => {
    const email = kind === 'known' ? (await identity.staff('auditor')).email : 'burst@clinic.example'
    const burst = Array.from({ length: 60 }, (_, i) => guess(email, i === 59 ? PASSWORD : `wrong horse battery ${i}`))
    const statuses = statusesOf(await Promise.all(burst))
    expect(statuses.filter((status) => status !== 429)).toHaveLength(5)
    expect(statuses.filter((status) => status === 429)).toHaveLength(55)
  })

  test('a log-in that fits forgets the failures before it', async () => {
    const { email } = await identity.staff('auditor')
    for (let round = 0; round < 2; round++) {
      for (let i = 0; i < 4; i++) expect((await guess(email)).status).toBe(401)
      expect((await guess(email, PASSWORD)).status).toBe(201)
    }
  })

  test('is no reason to keep e-mails that were tried', async () => {
    await guess('tried@clinic.example')
    const { rows } = await identity.service.adminPool.query(
      'select row_to_json(f)::text as text from identity.log_in_failure f',
    )
    expect(rows.length).toBeGreaterThan(0)
    expect(JSON.stringify(rows)).not.toContain('tried')
  })
})

describe('refreshing', () => {
  test('gives new tokens of the same session', async () => {
    const first = await identity.logIn(ADMIN_EMAIL)
    const answer = await refresh(first.refreshToken)
    expect(answer.status).toBe(200)
    expect(answer.body.refreshToken).not.toBe(first.refreshToken)
    expect(sessionIdOf(answer.body.accessToken)).toBe(sessionIdOf(first.accessToken))
    expect((await refresh(answer.body.refreshToken)).status).toBe(200)
  })

  test('ends the whole session when a spent token comes again', async () => {
    const first = await identity.logIn(ADMIN_EMAIL)
    const second = (await refresh(first.refreshToken)).body
    expect((await refresh(first.refreshToken)).body.code).toBe('session-over')
    expect((await refresh(second.refreshToken)).status).toBe(401)
    const sessionId = sessionIdOf(first.accessToken)
    const told = (await identity.service.published(sessionRevoked)).filter(({ key }) => key === sessionId)
    expect(told).toHaveLength(1)
    await vi.waitFor(async () => expect((await whoAmI(second.accessToken)).status).toBe(401), { timeout: 5_000 })
  })

  test('leaves an audit entry of whose spent token came again', async () => {
    const { token, accountId, patientId, email } = await identity.activated()
    const { accessToken, refreshToken } = await identity.logIn(email)
    expect((await refresh(refreshToken)).status).toBe(200)
    // The second one finds the session ended.
    for (let n = 0; n < 2; n++) expect((await refresh(refreshToken)).body.code).toBe('session-over')
    const { rows } = await identity.service.pool.query(
      `select actor_id, patient_id, action, decision, status from audit_entry where session_id = $1 order by id`,
      [sessionIdOf(accessToken)],
    )
    const entry = { actor_id: accountId, patient_id: patientId, action: 'login' }
    expect(rows).toEqual([
      { ...entry, decision: 'allow', status: 201 },
      { ...entry, decision: 'allow', status: 200 },
      { ...entry, decision: 'deny', status: 401 },
      { ...entry, decision: 'deny', status: 401 },
    ])
    expect((await whoAmI(token)).status).toBe(200)
  })

  test('lets one of twins win and counts the others as reuse', async () => {
    const { accessToken, refreshToken } = await identity.logIn(ADMIN_EMAIL)
    const answers = await Promise.all(Array.from({ length: 6 }, () => refresh(refreshToken)))
    const won = answers.filter(({ status }) => status === 200)
    expect(won).toHaveLength(1)
    expect(answers.filter(({ status }) => status === 401)).toHaveLength(5)
    expect((await refresh(won[0]?.body.refreshToken)).status).toBe(401)
    const told = (await identity.service.published(sessionRevoked)).filter(
      ({ key }) => key === sessionIdOf(accessToken),
    )
    expect(told).toHaveLength(1)
  })

  test('refuses what was never a token', async () => {
    expect((await refresh('never')).body.code).toBe('session-over')
    expect((await identity.call('identity.refresh-session', { body: {} })).status).toBe(400)
  })
})

describe('the limits of a session', () => {
  const MINUTE = 60_000
  const SECOND = 1_000

  test.each([
    ['staff', 10 * MINUTE],
    ['patient', 15 * MINUTE],
  ])('idle: a %s session lives for its limit and no longer', async (kind, limit) => {
    const { email } = kind === 'staff' ? await identity.staff('clinician') : await identity.activated()
    const early = await identity.logIn(email)
    const late = await identity.logIn(email)
    // Two seconds each way: the service's clock goes on while the test runs.
    expect((await after(limit - 2 * SECOND, () => refresh(early.refreshToken))).status).toBe(200)
    expect((await after(limit + 2 * SECOND, () => refresh(late.refreshToken))).status).toBe(401)
  })

  test('absolute: twelve hours, however busy', async () => {
    let { accessToken, refreshToken } = await identity.logIn(ADMIN_EMAIL)
    const end = 12 * 60 * MINUTE
    const endsAt = claimsOf(accessToken).iat + end / SECOND
    for (let ahead = 9 * MINUTE; ahead < end; ahead += 9 * MINUTE) {
      const answer = await after(ahead, () => refresh(refreshToken))
      expect(answer.status).toBe(200)
      refreshToken = answer.body.refreshToken
    }
    // Not idle: only the end of the session is between the two.
    const last = (await after(end - MINUTE, () => refresh(refreshToken))).body
    ;({ accessToken, refreshToken } = last)
    expect(refreshToken).toEqual(expect.any(String))
    const { iat, exp } = claimsOf(accessToken)
    // A second each way: the session began within one, and tokens count in whole ones.
    expect(Math.abs(exp - endsAt), 'an access token ends with its session').toBeLessThanOrEqual(1)
    expect(last.expiresIn).toBe(exp - iat)
    expect((await after(end + 2 * SECOND, () => refresh(refreshToken))).status).toBe(401)
  })
})

describe('logging out', () => {
  test('ends the session and its access tokens', async () => {
    const { accessToken, refreshToken } = await identity.logIn(ADMIN_EMAIL)
    const other = await identity.logIn(ADMIN_EMAIL)
    expect((await identity.call('identity.log-out', { token: accessToken })).status).toBe(204)
    await vi.waitFor(async () => expect((await whoAmI(accessToken)).status).toBe(401), { timeout: 5_000, interval: 20 })
    expect((await refresh(refreshToken)).status).toBe(401)
    expect((await whoAmI(other.accessToken)).status).toBe(200)
  })

  test('asks for a token', async () => {
    expect((await identity.call('identity.log-out')).status).toBe(401)
  })
})
