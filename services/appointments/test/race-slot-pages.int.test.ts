import { randomUUID } from 'node:crypto'
import { fileURLToPath } from 'node:url'
import { createPool, type Pool } from '@wellgate/shared/db/pool'
import { createTestDatabase, type TestDatabase } from '@wellgate/shared/testing/postgres'
import * as fc from 'fast-check'
import { Pool as AdminPool } from 'pg'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { deriveStarts, type Opening } from '../src/slots/derive.ts'
import { findSlots, type SearchDeps } from '../src/slots/find-slots.ts'
import type { Span } from '../src/slots/spans.ts'
import { createTimetable } from '../src/slots/timetable.ts'

const MINUTE = 60_000
const DAY = 1440 * MINUTE
const NOW = Date.parse('2026-10-23T10:07:13.250Z')
const ZONES = ['Europe/Berlin', 'Australia/Lord_Howe', 'America/St_Johns']
const TYPE = { durationMinutes: 40, stepMinutes: 25, bufferBeforeMinutes: 5, bufferAfterMinutes: 10 }

let database: TestDatabase
let admin: AdminPool
let pool: Pool
let deps: SearchDeps
beforeAll(async () => {
  const migrationsDir = fileURLToPath(new URL('../prisma/migrations/', import.meta.url))
  database = await createTestDatabase({ services: [{ name: 'appointments', migrationsDir }] })
  const { ownerUrl, appUrl } = database.urls('appointments')
  admin = new AdminPool({ connectionString: ownerUrl, max: 1 })
  pool = createPool({ connectionString: appUrl, max: 5, applicationName: 'test', statementTimeoutMs: 20_000 })
  const now = () => new Date(NOW)
  // One for all calendars, so each is also a change of the one before.
  deps = { now, timetable: createTimetable({ pool, now }) }
})
afterAll(async () => {
  await pool?.end()
  await admin?.end()
  await database?.drop()
})

interface Expected {
  readonly providerId: string
  readonly facilityId: string
  readonly opening: Opening
  readonly busy: Span[]
}

/** Random calendars, some of them alike, in tables and as the reference sees them. */
async function lay(seed: number, providers: number): Promise<{ visitTypeId: string; places: Expected[] }> {
  const [draw] = fc.sample(fc.infiniteStream(fc.integer({ min: 0, max: 999_999 })), { seed, numRuns: 1 })
  const pick = (below: number): number => Number(draw?.next().value) % below
  const visitTypeId = randomUUID()
  await admin.query(`insert into visit_type values ($1, 'Visit', $2, $3, $4, $5, false, 'P', 365, 0, 0, true, true)`, [
    visitTypeId,
    TYPE.durationMinutes,
    TYPE.stepMinutes,
    TYPE.bufferBeforeMinutes,
    TYPE.bufferAfterMinutes,
  ])
  const facilities = ZONES.map((zone) => ({ id: randomUUID(), zone }))
  for (const { id, zone } of facilities)
    await admin.query('insert into facility_calendar values ($1, $2, $2)', [id, zone])
  const places: Expected[] = []
  const closed = { from: NOW - (NOW % MINUTE) + pick(4 * 1440) * MINUTE, to: NOW + 5 * DAY }
  await admin.query('insert into availability_exception values ($1, $2, null, $3, $4, $5)', [
    randomUUID(),
    'off',
    facilities[0]?.id,
    new Date(closed.from),
    new Date(closed.to),
  ])
  for (let n = 0; n < providers; n++) {
    const providerId = randomUUID()
    await admin.query('insert into provider values ($1, $2, $3)', [providerId, 'Dr', n % 10 !== 9])
    if (n % 7 !== 6) await admin.query('insert into provider_visit_type values ($1, $2)', [providerId, visitTypeId])
    const seen = n % 10 !== 9 && n % 7 !== 6
    const busy: Span[] = []
    for (const { id: facilityId, zone } of facilities.filter(() => pick(2) === 0)) {
      const hours = Array.from({ length: pick(7) }, (_, day) => {
        const fromMinute = pick(3) ? 480 : pick(1300)
        const toMinute = Math.min(1440, fromMinute + (pick(3) ? 240 : 1 + pick(700)))
        const validFrom = pick(4) ? null : `2026-10-${24 + pick(3)}`
        return { weekday: 1 + ((day + n) % 7), fromMinute, toMinute, validFrom, validTo: validFrom }
      })
      for (const { weekday, fromMinute, toMinute, validFrom } of hours)
        await admin.query('insert into availability values ($1, $2, $3, $4, $5, $6, $7, $7)', [
          randomUUID(),
          providerId,
          facilityId,
          weekday,
          fromMinute,
          toMinute,
          validFrom,
        ])
      const spans = (count: number): Span[] =>
        Array.from({ length: count }, () => {
          const from = NOW - (NOW % MINUTE) + pick(8 * 1440) * MINUTE - DAY
          return { from, to: from + (10 + pick(900)) * MINUTE }
        })
      const [extra, off] = [spans(pick(4) ? 0 : 1), spans(pick(2))]
      for (const [kind, list] of [
        ['extra', extra],
        ['off', off],
      ] as const)
        for (const { from, to } of list)
          await admin.query('insert into availability_exception values ($1, $2, $3, $4, $5, $6)', [
            randomUUID(),
            kind,
            providerId,
            facilityId,
            new Date(from),
            new Date(to),
          ])
      if (facilityId === facilities[0]?.id) off.push(closed)
      if (seen) places.push({ providerId, facilityId, opening: { zone, hours, extra, off }, busy })
    }
    let from = NOW - DAY
    for (let b = 0; b < pick(12); b++) {
      from += pick(1000) * MINUTE
      const to = from + (30 + pick(300)) * MINUTE
      const [status, ends] = [
        ['booked', null],
        ['held', 'infinity'],
        ['held', '-infinity'],
        ['cancelled', null],
      ][pick(4)] ?? ['booked', null]
      await admin.query(
        `insert into booking (id, patient_id, provider_id, facility_id, visit_type_id, status, starts, ends, taken_from,
           taken_to, hold_expires_at, version, changed_by, document)
         values ($1, $1, $2, $3, $4, $7, $5, $6, $5, $6, $8, 1, $1, '')`,
        [randomUUID(), providerId, facilities[0]?.id, visitTypeId, new Date(from), new Date(to), status, ends],
      )
      if (status !== 'cancelled' && ends !== '-infinity') busy.push({ from, to })
      from = to
    }
  }
  return { visitTypeId, places }
}

const key = (slot: { start: string; providerId: string; facilityId: string }): string =>
  `${slot.start} ${slot.providerId} ${slot.facilityId}`

it.each([
  [1, 8],
  [2, 60],
  [3, 130],
])(
  'pages hold what a look at every provider finds, in its order (calendars %i, %i providers)',
  { timeout: 90_000 },
  async (seed, count) => {
    const { visitTypeId, places } = await lay(seed, count)
    const to = NOW + 5 * DAY
    const expected = places
      .flatMap(({ providerId, facilityId, opening, busy }) =>
        deriveStarts(opening, TYPE, busy, { from: NOW, to }).map((start) =>
          key({ start: new Date(start).toISOString(), providerId, facilityId }),
        ),
      )
      .toSorted()
    expect(expected.length).toBeGreaterThan(5)
    for (const limit of [3, 100]) {
      const found: string[] = []
      let cursor: string | undefined
      for (let page = 0; page === 0 || (cursor !== undefined && page < 12); page++) {
        const query = { visitTypeId, from: new Date(NOW).toISOString(), to: new Date(to).toISOString(), limit, cursor }
        const { items, next } = await findSlots(deps, query, true)
        found.push(...items.map(key))
        cursor = next ?? undefined
      }
      expect(found).toEqual(cursor === undefined ? expected : expected.slice(0, found.length))
    }
    const [one] = places
    if (!one) return
    const query = {
      visitTypeId,
      providerId: one.providerId,
      from: new Date(NOW).toISOString(),
      to: new Date(to).toISOString(),
      limit: 100,
    }
    const { items } = await findSlots(deps, query, true)
    expect(items.map(key)).toEqual(expected.filter((each) => each.includes(one.providerId)).slice(0, 100))
  },
)

it(
  'asks about 20,000 starts a page at most where all is taken, and goes on from there',
  { timeout: 60_000 },
  async () => {
    const [visitTypeId, providerId, facilityId] = [randomUUID(), randomUUID(), randomUUID()]
    const [from, to] = [Math.ceil(NOW / DAY) * DAY, Math.ceil(NOW / DAY + 30) * DAY]
    await admin.query(`insert into visit_type values ($1, 'Visit', 1, 1, 0, 0, false, 'P', 365, 0, 0, true, true)`, [
      visitTypeId,
    ])
    await admin.query(`insert into facility_calendar values ($1, 'Clinic', 'UTC')`, [facilityId])
    await admin.query(`insert into provider values ($1, 'Dr', true)`, [providerId])
    await admin.query('insert into provider_visit_type values ($1, $2)', [providerId, visitTypeId])
    await admin.query(
      'insert into availability select gen_random_uuid(), $1, $2, day, 0, 1440 from generate_series(1, 7) day',
      [providerId, facilityId],
    )
    await admin.query(
      `insert into booking (id, patient_id, provider_id, facility_id, visit_type_id, status, starts, ends, taken_from,
       taken_to, version, changed_by, document) values ($1, $1, $2, $3, $4, 'booked', $5, $6, $5, $6, 1, $1, '')`,
      [randomUUID(), providerId, facilityId, visitTypeId, new Date(from), new Date(to - 2 * MINUTE)],
    )
    const query = { visitTypeId, from: new Date(from).toISOString(), to: new Date(to).toISOString(), limit: 20 }
    const pages: number[] = []
    const starts: string[] = []
    for (let cursor: string | null | undefined; cursor !== null;) {
      const { items, next } = await findSlots(deps, { ...query, cursor }, true)
      pages.push(items.length)
      starts.push(...items.map(({ start }) => start))
      cursor = next
    }
    // 30 days of 1,440 starts each.
    expect(pages).toEqual([0, 0, 2])
    expect(starts).toEqual([to - 2 * MINUTE, to - MINUTE].map((start) => new Date(start).toISOString()))
  },
)
