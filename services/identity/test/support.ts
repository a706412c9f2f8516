import { randomUUID } from 'node:crypto'
import { identityRoutes } from '@wellgate/shared/contracts/identity/routes'
import { PatientId, type FacilityId } from '@wellgate/shared/contracts/ids'
import { patientRegistered } from '@wellgate/shared/contracts/patients/events'
import type { Role } from '@wellgate/shared/contracts/access-rule'
import type { JwksSource } from '@wellgate/shared/access/jwks'
import { startTestService, type RunningTestService } from '@wellgate/shared/testing/service'
import { expect, vi } from 'vitest'
import { createFirstAdmin } from '../src/create-admin.ts'
import { identityService } from '../src/service.ts'

type RouteId = (typeof identityRoutes)[number]['id']
export type Call = Parameters<RunningTestService['call']>[1]
export type Answer = Awaited<ReturnType<RunningTestService['call']>>

export const PASSWORD = 'correct horse battery'
export const ADMIN_EMAIL = 'admin@clinic.example'

/** The statuses of twins, in order: which of them won is chance. */
export const statusesOf = (answers: readonly Answer[]): number[] =>
  answers.map(({ status }) => status).toSorted((a, b) => a - b)

/**
 * Starts twins while writes to a table wait, and lets them go when all of them wait: whoever checked before has checked
 * by then, so that only what the database guards keeps them apart.
 */
export async function heldBack<T>(service: RunningTestService, table: string, twins: (() => Promise<T>)[]) {
  const holder = await service.adminPool.connect()
  try {
    await holder.query(`begin; lock table identity.${table} in exclusive mode`)
    const results = Promise.allSettled(twins.map((twin) => twin()))
    await vi.waitFor(async () => {
      const { rowCount } = await service.adminPool.query(
        `select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
      )
      expect(rowCount).toBe(twins.length)
    }, 10_000)
    await holder.query('commit')
    return await results
  } finally {
    holder.release()
  }
}

export interface IdentityUnderTest {
  readonly service: RunningTestService
  readonly facilityId: FacilityId
  /** Added to the service's clock; tokens are verified by the real one. */
  readonly clock: { aheadMs: number }
  call(id: RouteId, options?: Call): Promise<Answer>
  logIn(email: string, password?: string): Promise<{ accessToken: string; refreshToken: string }>
  admin(): Promise<string>
  /** A new member of staff, logged in. */
  staff(...roles: Role[]): Promise<{ token: string; accountId: string; email: string }>
  /** A patient that identity has heard of. */
  patient(birthDate?: string): Promise<PatientId>
  issueCode(patientId: string): Promise<string>
  /** A patient with an account, logged in. */
  activated(): Promise<{ token: string; accountId: string; patientId: PatientId; email: string }>
}

/** Identity as it runs, verifying by its own keys, with its first admin. */
export async function startIdentity(config: Readonly<Record<string, string>> = {}): Promise<IdentityUnderTest> {
  const clock = { aheadMs: 0 }
  // Undefined takes back the test's own key: these tests verify the tokens that identity signs.
  const ownKeys = undefined as unknown as JwksSource
  const service = await startTestService(identityService, {
    config,
    overrides: { now: () => new Date(Date.now() + clock.aheadMs), jwks: ownKeys },
  })
  const { facilityId } = await createFirstAdmin(service.running.platform, {
    email: ADMIN_EMAIL,
    password: PASSWORD,
    facilityName: 'Main Clinic',
    timeZone: 'America/New_York',
  })
  const call: IdentityUnderTest['call'] = (id, options) => {
    const contract = identityRoutes.find((route) => route.id === id)
    if (!contract) throw new Error(`no contract ${id}`)
    return service.call(contract, options)
  }
  const logIn: IdentityUnderTest['logIn'] = async (email, password = PASSWORD) =>
    expectStatus(await call('identity.log-in', { body: { email, password } }), 201).body
  let adminToken: string | undefined
  const admin = async (): Promise<string> => (adminToken ??= (await logIn(ADMIN_EMAIL)).accessToken)
  const patient: IdentityUnderTest['patient'] = async (birthDate = '1970-02-28') => {
    const patientId = PatientId.parse(randomUUID())
    await service.publish(patientRegistered, { patientId, birthDate })
    return patientId
  }
  let desk: string | undefined
  const staff: IdentityUnderTest['staff'] = async (...roles) => {
    const email = `${randomUUID()}@clinic.example`
    const body = { email, password: PASSWORD, roles: roles.map((role) => ({ role, facilityId })) }
    const { body: account } = expectStatus(await call('identity.add-staff', { token: await admin(), body }), 201)
    return { token: (await logIn(email)).accessToken, accountId: account.id, email }
  }
  const issueCode: IdentityUnderTest['issueCode'] = async (patientId) => {
    desk ??= (await staff('front-desk')).token
    return expectStatus(await call('identity.issue-activation-code', { token: desk, params: { patientId } }), 201).body
      .code
  }
  return {
    service,
    facilityId,
    clock,
    call,
    logIn,
    admin,
    staff,
    patient,
    issueCode,
    async activated() {
      const patientId = await patient()
      const email = `${randomUUID()}@home.example`
      const body = { code: await issueCode(patientId), birthDate: '1970-02-28', email, password: PASSWORD }
      const { accountId } = expectStatus(await call('identity.activate-account', { body }), 201).body
      return { token: (await logIn(email)).accessToken, accountId, patientId, email }
    },
  }
}

function expectStatus(answer: Answer, status: number): Answer {
  if (answer.status !== status)
    throw new Error(`expected ${status}, got ${answer.status}: ${JSON.stringify(answer.body)}`)
  return answer
}
