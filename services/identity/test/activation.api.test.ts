import { randomUUID } from 'node:crypto'
import { PatientId } from '@wellgate/shared/contracts/ids'
import { patientChanged, patientRegistered } from '@wellgate/shared/contracts/patients/events'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { hashBirthDate } from '../src/activation/code-hash.ts'
import { ADMIN_EMAIL, PASSWORD, startIdentity, statusesOf, type IdentityUnderTest } from './support.ts'

let identity: IdentityUnderTest
let desk: string
beforeAll(async () => {
  identity = await startIdentity()
  desk = (await identity.staff('front-desk')).token
})
afterAll(() => identity?.service.stop())

const BORN = '1970-02-28'
const DAY_MS = 24 * 60 * 60_000
const newEmail = () => `${randomUUID()}@home.example`
const activate = (body: { code: string; birthDate?: string; email?: string; password?: string }) =>
  identity.call('identity.activate-account', {
    body: { birthDate: BORN, email: newEmail(), password: PASSWORD, ...body },
  })
const issue = (patientId: string, token = desk) =>
  identity.call('identity.issue-activation-code', { token, params: { patientId } })
const accountsOf = async (patientId: string): Promise<number> =>
  (await identity.service.pool.query('select 1 from account where patient_id = $1', [patientId])).rowCount ?? 0
const another = (code: string): string => (code.startsWith('0') ? '1' : '0') + code.slice(1)
const timed = async (body: Parameters<typeof activate>[0]): Promise<number> => {
  const started = performance.now()
  await activate(body)
  return performance.now() - started
}
const stored = async (patientId: string) =>
  (
    await identity.service.pool.query('select birth_date_hash, version::int from patient_ref where patient_id = $1', [
      patientId,
    ])
  ).rows
const fastest = async (body: Parameters<typeof activate>[0]): Promise<number> => {
  const times: number[] = []
  for (let i = 0; i < 4; i++) times.push(await timed(body))
  return Math.min(...times)
}

describe('issuing a code', () => {
  test('gives a readable code of 80 bits for 7 days, and keeps none of it', async () => {
    const patientId = await identity.patient()
    const { status, body } = await issue(patientId)
    expect(status).toBe(201)
    expect(body.code).toMatch(/^([0-9A-HJKMNP-TV-Z]{4}-){3}[0-9A-HJKMNP-TV-Z]{4}$/)
    expect(Date.parse(body.expiresAt) - Date.now()).toBeGreaterThan(6.9 * DAY_MS)
    const { rows } = await identity.service.pool.query(`select row_to_json(c)::text as text from activation_code c`)
    const kept = rows.map(({ text }) => text).join()
    expect(kept).toContain(patientId)
    for (const part of body.code.split('-')) expect(kept).not.toContain(part)
  })

  test('waits for a patient who was registered a moment ago', async () => {
    const patientId = PatientId.parse(randomUUID())
    const asked = issue(patientId)
    await identity.service.publish(patientRegistered, { patientId, birthDate: BORN })
    expect((await asked).status).toBe(201)
  })

  test('is refused for an unknown patient, after a while', async () => {
    const started = performance.now()
    expect(await issue(randomUUID())).toMatchObject({ status: 404, body: { code: 'unknown-patient' } })
    expect(performance.now() - started).toBeGreaterThan(1_900)
    expect((await issue('me')).status).toBe(400)
  })

  test('is refused for a patient who has an account', async () => {
    const { patientId } = await identity.activated()
    expect(await issue(patientId)).toMatchObject({ status: 409, body: { code: 'has-account' } })
  })
})

describe('activating', () => {
  test('opens an account that logs in as the patient', async () => {
    const patientId = await identity.patient()
    const email = newEmail()
    const code = await identity.issueCode(patientId)
    const { status, body } = await activate({
      code: ` ${code.toLowerCase().replaceAll('-', ' ').replaceAll('0', 'o').replaceAll('1', 'l')}`,
      email,
    })
    expect(status).toBe(201)
    expect(body).toEqual({ accountId: expect.any(String), patientId })
    const { accessToken } = await identity.logIn(email)
    const own = await identity.call('identity.read-own-account', { token: accessToken })
    expect(own.body).toEqual({ id: body.accountId, email, patientId, roles: [], disabled: false })
  })

  test('answers alike to whatever is wrong', async () => {
    const patientId = await identity.patient()
    const replaced = await identity.issueCode(patientId)
    const code = await identity.issueCode(patientId)
    const used = await identity.issueCode(await identity.patient())
    const taken = newEmail()
    expect((await activate({ code: used, email: taken })).status).toBe(201)
    const expired = await identity.issueCode(await identity.patient())
    identity.clock.aheadMs = 7 * DAY_MS + 1_000
    const late = await activate({ code: expired })
    identity.clock.aheadMs = 0
    const refused = [
      late,
      await activate({ code: another(code) }),
      await activate({ code: 'not a code' }),
      await activate({ code: replaced }),
      await activate({ code: used }),
      await activate({ code, birthDate: '1970-02-27' }),
      await activate({ code, email: taken.toUpperCase() }),
    ]
    for (const { status, body } of refused) {
      expect({ status, ...body, requestId: '' }).toEqual({
        ...refused[0]?.body,
        requestId: '',
        status: 400,
        code: 'activation-refused',
      })
    }
    expect((await activate({ code })).status).toBe(201)
  })

  test('leaves one audit entry, of the new account and its patient; a refusal leaves none', async () => {
    const patientId = await identity.patient()
    const code = await identity.issueCode(patientId)
    const entries = async () =>
      (
        await identity.service.pool.query(
          `select action, decision, status, actor_id, patient_id from audit_entry where route = '/v1/accounts/activate'`,
        )
      ).rows
    const before = (await entries()).length
    expect((await activate({ code: another(code) })).status).toBe(400)
    expect((await activate({ code, birthDate: '1970-02-27' })).status).toBe(400)
    expect((await activate({ code, email: ADMIN_EMAIL })).status).toBe(400)
    expect(await entries()).toHaveLength(before)
    const { accountId } = (await activate({ code })).body
    expect((await entries()).slice(before)).toEqual([
      { action: 'create', decision: 'allow', status: 201, actor_id: accountId, patient_id: patientId },
    ])
  })

  test('hashes a password whatever is wrong', async () => {
    const code = await identity.issueCode(await identity.patient())
    const invalid = await fastest({ code: another(code), password: 'short' })
    const wrongCode = await fastest({ code: another(code) })
    const wrongDate = await fastest({ code, birthDate: '1970-02-27' })
    // A hash takes 10 ms and more; a request that skips it is as quick as one that is not valid.
    expect(wrongCode - invalid).toBeGreaterThan(5)
    expect(wrongDate - invalid).toBeGreaterThan(5)
  })

  test('compares at most five birth dates with a code, even at once', async () => {
    const patientId = await identity.patient('1970-01-20')
    const code = await identity.issueCode(patientId)
    const dates = Array.from({ length: 19 }, (_, day) => `1970-01-${String(day + 1).padStart(2, '0')}`)
    const answers = await Promise.all(dates.map((birthDate) => activate({ code, birthDate })))
    expect(answers.every(({ status }) => status === 400)).toBe(true)
    expect((await activate({ code, birthDate: '1970-01-20' })).status).toBe(400)
    const { rows } = await identity.service.pool.query('select tries from activation_code where patient_id = $1', [
      patientId,
    ])
    expect(rows).toEqual([{ tries: 5 }])
    expect((await activate({ code: await identity.issueCode(patientId), birthDate: '1970-01-20' })).status).toBe(201)
  })

  test('gives twins one account, by patient and by e-mail', async () => {
    const patientId = await identity.patient()
    const code = await identity.issueCode(patientId)
    const samePatient = await Promise.all(Array.from({ length: 5 }, () => activate({ code })))
    expect(statusesOf(samePatient)).toEqual([201, 400, 400, 400, 400])
    expect(await accountsOf(patientId)).toBe(1)

    const email = newEmail()
    const codes = [
      await identity.issueCode(await identity.patient()),
      await identity.issueCode(await identity.patient()),
    ]
    const sameEmail = await Promise.all(codes.map((each) => activate({ code: each, email })))
    expect(statusesOf(sameEmail)).toEqual([201, 400])
  })

  test('says which fields of a body are wrong', async () => {
    const answer = await activate({ code: 'x', birthDate: '28.02.1970', password: 'short' })
    expect(answer.status).toBe(400)
    expect(answer.body.fields.map(({ field }: { field: string }) => field).toSorted()).toEqual([
      'body.birthDate',
      'body.password',
    ])
  })
})

describe('hearing of patients', () => {
  test('keeps a keyed hash of the newest birth date, whatever the order and however often', async () => {
    const patientId = PatientId.parse(randomUUID())
    const tell = (
      birthDate: string,
      aggregateVersion: number,
      contract: typeof patientRegistered | typeof patientChanged,
    ) => identity.service.publish(contract as typeof patientChanged, { patientId, birthDate }, { aggregateVersion })
    await tell('1980-01-01', 3, patientChanged)
    await tell('1979-01-01', 1, patientRegistered)
    await tell('1979-06-01', 3, patientChanged)
    const expected = hashBirthDate(identity.service.running.platform, patientId, '1980-01-01')
    expect(await stored(patientId)).toEqual([{ birth_date_hash: expected, version: 3 }])
    await tell('1981-01-01', 4, patientChanged)
    expect(await stored(patientId)).toEqual([
      { birth_date_hash: hashBirthDate(identity.service.running.platform, patientId, '1981-01-01'), version: 4 },
    ])
  })

  test('gives two patients of one birth date different hashes', async () => {
    const [one, two] = [await identity.patient(), await identity.patient()]
    expect((await stored(one))[0]?.birth_date_hash).not.toBe((await stored(two))[0]?.birth_date_hash)
  })
})
