import { randomUUID } from 'node:crypto'
import { parseArgs } from 'node:util'
import { fileURLToPath } from 'node:url'
import { createPool } from '@wellgate/shared/db/pool'
import { ADMIN_URL_VARIABLE, createTestDatabase, startPostgres } from '@wellgate/shared/testing/postgres'
import { Client } from 'pg'
import { findSlots } from '../../services/appointments/src/slots/find-slots.ts'
import { createTimetable } from '../../services/appointments/src/slots/timetable.ts'
import { cpuOfPostgres } from './cpu.ts'
import { quantile } from './stats.ts'

// By itself, because a year of bookings has to be laid: node bench/src/slot-search.ts [--providers 10,1000] [--a-day 8] [--days 365]
// What a search costs as the number of providers grows: the service's own function on a Postgres of its own, no HTTP.

const DAY = 86_400_000

const SEARCHES = 300

const { values } = parseArgs({
  options: {
    providers: { type: 'string', default: '10,1000' },
    'a-day': { type: 'string', default: '8' },
    days: { type: 'string', default: '365' },
  },
})
const sizes = values.providers.split(',').map(Number)
const aDay = Number(values['a-day'])
const DAYS = Number(values.days)
/** 07:30 in the clinic: the day is before us, and its first hours are the most booked. */
const now = Date.parse('2026-11-23T07:30:00Z')

const server = await startPostgres()
process.env[ADMIN_URL_VARIABLE] = server.adminUrl
const migrationsDir = fileURLToPath(new URL('../../services/appointments/prisma/migrations/', import.meta.url))
try {
  for (const size of sizes) await measure(size)
} finally {
  await server.stop()
}

async function measure(providers: number): Promise<void> {
  const database = await createTestDatabase({ services: [{ name: 'appointments', migrationsDir }] })
  const { ownerUrl, appUrl } = database.urls('appointments')
  const owner = new Client({ connectionString: ownerUrl })
  await owner.connect()
  const visitTypeId = randomUUID()
  const bookings = await lay(owner, visitTypeId, providers)
  await owner.end()
  const pool = createPool({ connectionString: appUrl, max: 5, applicationName: 'bench', statementTimeoutMs: 60_000 })
  const deps = { pool, now: () => new Date(now), timetable: createTimetable({ pool, now: () => new Date(now) }) }
  const search = (from: number, days: number, cursor?: string) =>
    findSlots(deps, { visitTypeId, from: iso(from), to: iso(from + days * DAY), limit: 20, cursor }, true)
  const cases: [string, (n: number) => Promise<unknown>][] = [
    ['from now', () => search(now, 14)],
    ['from a time of some day', (n) => search(now + n * 0.713 * DAY, 14)],
    ['92 days from some day', (n) => search(now + (n % 200) * DAY, 92)],
    ['the fifth page', () => pages(5)],
  ]
  async function pages(count: number): Promise<void> {
    let cursor: string | undefined
    for (let n = 0; n < count; n++) cursor = (await search(now, 14, cursor)).next ?? undefined
  }
  for (const [what, run] of cases) {
    for (let n = 0; n < 60; n++) await run(n)
    const took: number[] = []
    const [before, postgres] = [process.cpuUsage(), cpuOfPostgres(server.pid)]
    for (let n = 0; n < SEARCHES; n++) {
      const began = performance.now()
      await run(n)
      took.push(performance.now() - began)
    }
    const cpu = process.cpuUsage(before)
    const ms = ((cpu.user + cpu.system) / 1000 / SEARCHES).toFixed(2)
    const theirs = ((cpuOfPostgres(server.pid) - postgres) / SEARCHES).toFixed(2)
    process.stdout.write(
      `${providers} providers, ${bookings} bookings, ${what}: p50 ${quantile(took, 0.5).toFixed(1)} ms, p99 ${quantile(took, 0.99).toFixed(1)} ms, ${ms} ms CPU of ours, ${theirs} ms of Postgres\n`,
    )
  }
  await pool.end()
  await database.drop()
}

function iso(instant: number): string {
  return new Date(instant).toISOString()
}

/** SQL for an id (RFC 9562, version 4) of the n-th provider or facility. */
function id(what: string, n: string): string {
  return `overlay(overlay(md5('${what}' || ${n}) placing '4' from 13) placing '8' from 17)::uuid`
}

/** A facility per 50 providers, each open from 9 to 17, of whose 16 half hours so many are booked on each day of a year. */
async function lay(owner: Client, visitTypeId: string, providers: number): Promise<number> {
  await owner.query(`insert into visit_type values ($1, 'Visit', 30, 30, 0, 0, false, 'P', 365, 0, 0, true, true)`, [
    visitTypeId,
  ])
  await owner.query(
    `insert into facility_calendar select ${id('f', 'n')}, 'Clinic', 'Europe/Berlin' from generate_series(0, $1) n`,
    [Math.floor(providers / 50)],
  )
  await owner.query(`insert into provider select ${id('p', 'n')}, 'Dr', true from generate_series(1, $1) n`, [
    providers,
  ])
  await owner.query('insert into provider_visit_type select id, $1 from provider', [visitTypeId])
  await owner.query(
    `insert into availability
     select gen_random_uuid(), ${id('p', 'n')}, ${id('f', 'n / 50')}, day, 540, 1020
       from generate_series(1, $1) n, generate_series(1, 7) day`,
    [providers],
  )
  // Constraints would cost most of the time of laying, and a search does not use theirs; its indexes are made afterwards.
  const { rows: constraints } = await owner.query<{ name: string }>(
    `select conname as name from pg_constraint where conrelid = 'booking'::regclass and contype in ('x', 'f')`,
  )
  for (const { name } of constraints) await owner.query(`alter table booking drop constraint ${name}`)
  const { rows: indexes } = await owner.query<{ name: string; made: string }>(
    `select c.relname as name, pg_get_indexdef(i.indexrelid) as made from pg_index i join pg_class c on c.oid = i.indexrelid
      where i.indrelid = 'booking'::regclass and not i.indisunique`,
  )
  for (const { name } of indexes) await owner.query(`drop index ${name}`)
  const { rowCount } = await owner.query(
    `insert into booking (id, patient_id, provider_id, facility_id, visit_type_id, status, starts, ends, taken_from, taken_to,
       version, changed_by, document)
     select gen_random_uuid(), ${id('p', 'n')}, ${id('p', 'n')}, ${id('f', 'n / 50')}, $1, 'booked', t,
            t + interval '30 minutes', t, t + interval '30 minutes', 1, $1, ''
       from generate_series(1, $2) n, generate_series(0, $3) d, generate_series(0, $4) k,
            lateral (select timestamptz '2026-11-23T08:00:00Z' + d * interval '1 day' + (k * 2 + (n + d) % 2) % 16 * interval '30 minutes' as t) s`,
    [visitTypeId, providers, DAYS - 1, aDay - 1],
  )
  for (const { made } of indexes) await owner.query(made)
  await owner.query('analyze')
  await owner.query('vacuum booking')
  return rowCount ?? 0
}
