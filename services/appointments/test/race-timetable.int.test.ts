import { randomUUID } from 'node:crypto'
import { fileURLToPath } from 'node:url'
import { createCommitGate } from '@wellgate/shared/db/commit-gate'
import { createPool, type Pool } from '@wellgate/shared/db/pool'
import { createTestDatabase, type TestDatabase } from '@wellgate/shared/testing/postgres'
import { Pool as AdminPool } from 'pg'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { createTimetable, type Timetable } from '../src/slots/timetable.ts'

let database: TestDatabase
let other: AdminPool
let pool: Pool
let timetable: Timetable
beforeAll(async () => {
  const migrationsDir = fileURLToPath(new URL('../prisma/migrations/', import.meta.url))
  database = await createTestDatabase({ services: [{ name: 'appointments', migrationsDir }] })
  const { ownerUrl, appUrl } = database.urls('appointments')
  other = new AdminPool({ connectionString: ownerUrl, max: 2 })
  pool = createPool({ connectionString: appUrl, max: 2, applicationName: 'test', statementTimeoutMs: 20_000 })
  timetable = createTimetable({ pool, now: () => new Date() })
})
afterAll(async () => {
  await pool?.end()
  await other?.end()
  await database?.drop()
})

const addVisitType = (): Promise<unknown> =>
  other.query(`insert into visit_type values ($1, 'Visit', 30, 30, 0, 0, false, 'P', 365, 0, 0, true, true)`, [
    randomUUID(),
  ])
const known = (): Promise<number> => timetable.read(async ({ calendar }) => calendar.visitTypes.size)

it('sees each change that another process commits, and none that it takes back', async () => {
  const before = await known()
  await addVisitType()
  expect(await known()).toBe(before + 1)
  const client = await other.connect()
  await client.query('begin')
  await client.query(`update visit_type set name = 'Other'`)
  expect(await known()).toBe(before + 1)
  await client.query('rollback')
  client.release()
  expect(await known()).toBe(before + 1)
})

it('runs work again that began on a calendar that has changed meanwhile, also where it failed', async () => {
  const sizes: number[] = []
  const read = timetable.read(async ({ calendar }) => {
    sizes.push(calendar.visitTypes.size)
    if (sizes.length > 1) return 'seen'
    await addVisitType()
    throw new Error('of a calendar that is no more')
  })
  expect(await read).toBe('seen')
  expect(sizes[1]).toBe(Number(sizes[0]) + 1)
})

it('reads the calendar once for many who ask at once', async () => {
  await known()
  // The one that is no more, and the present one.
  const calendars = new Set<unknown>()
  await addVisitType()
  await Promise.all(Array.from({ length: 20 }, () => timetable.read(async ({ calendar }) => calendars.add(calendar))))
  expect(calendars.size).toBe(2)
})

it('reads the calendar for all who wait, also where the time of who asked first is up', async () => {
  const fresh = createTimetable({ pool, now: () => new Date() })
  const gate = createCommitGate()
  const first = gate.run(() => fresh.read(async ({ calendar }) => calendar))
  const second = fresh.read(async ({ calendar }) => calendar)
  gate.close()
  expect(await second).toBe(await first)
})

it('answers by one of the calendars where it changes each time', async () => {
  const sizes: number[] = []
  const answer = await timetable.read(async ({ calendar, q }) => {
    await addVisitType()
    sizes.push(calendar.visitTypes.size)
    const { rows } = await q.query<{ n: number }>('select count(*)::int as n from visit_type')
    return rows
  })
  const last = sizes.at(-1)
  expect(sizes.length).toBeGreaterThan(2)
  expect(answer).toEqual([{ n: last }])
  expect(await known()).toBe(Number(last) + 1)
})
