import { randomUUID } from 'node:crypto'
import { fileURLToPath } from 'node:url'
import { createPool, type Pool } from '@wellgate/shared/db/pool'
import { within } from '@wellgate/shared/http/deadline'
import type { StoredResult } from '@wellgate/shared/http/idempotency'
import { createTestDatabase, type TestDatabase } from '@wellgate/shared/testing/postgres'
import { Pool as AdminPool } from 'pg'
import { afterAll, afterEach, beforeAll, expect, it, vi } from 'vitest'
import { createTurns } from '../src/booking/turns.ts'
import { type WinDeps, winSlot } from '../src/booking/win-slot.ts'
import { appointmentsErrors } from '../src/errors.ts'
import { createTimetable } from '../src/slots/timetable.ts'
import { DAY, noon } from './support.ts'

const CLIENTS = 40
const [providerId, facilityId, visitTypeId] = [randomUUID(), randomUUID(), randomUUID()]
const wanted = { providerId, facilityId, visitTypeId, start: noon(10) }

let database: TestDatabase
let other: AdminPool
let pool: Pool
let deps: WinDeps
beforeAll(async () => {
  const migrationsDir = fileURLToPath(new URL('../prisma/migrations/', import.meta.url))
  database = await createTestDatabase({ services: [{ name: 'appointments', migrationsDir }] })
  const { ownerUrl, appUrl } = database.urls('appointments')
  other = new AdminPool({ connectionString: ownerUrl, max: 1 })
  pool = createPool({ connectionString: appUrl, max: 4, applicationName: 'test', statementTimeoutMs: 20_000 })
  const now = () => new Date()
  deps = { pool, now, timetable: createTimetable({ pool, now }), turns: createTurns() }
  await other.query(`insert into visit_type values ($1, 'Visit', 30, 30, 0, 0, false, 'P', 365, 0, 0, true, true)`, [
    visitTypeId,
  ])
  await other.query(`insert into facility_calendar values ($1, 'Clinic', 'UTC')`, [facilityId])
  await other.query(`insert into provider values ($1, 'Dr', true)`, [providerId])
  await other.query('insert into provider_visit_type values ($1, $2)', [providerId, visitTypeId])
  await other.query(
    'insert into availability select gen_random_uuid(), $1, $2, day, 0, 1440 from generate_series(1, 7) day',
    [providerId, facilityId],
  )
})
afterEach(() => vi.restoreAllMocks())
afterAll(async () => {
  await pool?.end()
  await other?.end()
  await database?.drop()
})

/** Counts the questions whether something is free. */
function questions(): () => number {
  const asked = vi.spyOn(pool, 'query')
  return () => asked.mock.calls.filter(([query]) => String(Object(query).name).startsWith('slot.free')).length
}

const contend = (take: () => Promise<StoredResult>): Promise<string> =>
  winSlot(deps, wanted, { patientId: randomUUID(), asker: { staff: false }, key: undefined }, take)

const codes = async (all: Promise<unknown>[]): Promise<unknown[]> =>
  (await Promise.allSettled(all)).map((each) => (each.status === 'rejected' ? each.reason.code : 'won'))

it('asks once for each who fails, and each has a try', async () => {
  const asked = questions()
  let tries = 0
  const take = async () => {
    tries++
    await pool.query('select 1')
    throw appointmentsErrors['too-many-holds']()
  }
  const heard = await codes(Array.from({ length: CLIENTS }, () => contend(take)))
  expect(heard).toEqual(Array.from({ length: CLIENTS }, () => 'too-many-holds'))
  expect(tries).toBe(CLIENTS)
  expect(asked()).toBeLessThanOrEqual(CLIENTS)
})

it('asks nothing for those whose time is up, and the next is not kept waiting', async () => {
  const blocked = Promise.withResolvers<void>()
  const first = contend(async () => {
    await blocked.promise
    throw appointmentsErrors['too-many-holds']()
  })
  const taken = async () => ({ status: 201, resultId: 'mine' })
  const late = Array.from({ length: CLIENTS }, () => {
    const ended = Promise.withResolvers<unknown>()
    return { answer: within(50, () => contend(taken), ended.resolve), ended: ended.promise }
  })
  expect(new Set(await codes(late.map(({ answer }) => answer)))).toEqual(new Set(['unavailable']))
  const asked = questions()
  const next = contend(taken)
  blocked.resolve()
  expect(await codes([first])).toEqual(['too-many-holds'])
  expect(await next).toBe('mine')
  await Promise.all(late.map(({ ended }) => ended))
  expect(asked()).toBe(1)
})

it('lets all look at once when somebody got it', async () => {
  const asked = questions()
  const [from, to] = [wanted.start, new Date(Date.parse(wanted.start) + DAY / 48).toISOString()]
  const take = async () => {
    const id = randomUUID()
    await other.query(
      `insert into booking (id, patient_id, provider_id, facility_id, visit_type_id, status, starts, ends, taken_from,
         taken_to, version, changed_by, document) values ($1, $1, $2, $3, $4, 'booked', $5, $6, $5, $6, 1, $1, '')`,
      [id, providerId, facilityId, visitTypeId, from, to],
    )
    return { status: 201, resultId: id }
  }
  const heard = await codes(Array.from({ length: CLIENTS }, () => contend(take)))
  expect(heard).toEqual(['won', ...Array.from({ length: CLIENTS - 1 }, () => 'slot-taken')])
  // One look each, and what is near for each loser.
  expect(asked()).toBeLessThanOrEqual(2 * CLIENTS)
})
