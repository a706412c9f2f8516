import type { DomainError } from '@wellgate/shared/errors/problem'
import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { addDays } from '../src/days.ts'
import { exportLedger } from '../src/reports/export-ledger.ts'
import { type Office, startOffice } from './support.ts'

const ENTRIES = 20_000
const LINES = 2 * ENTRIES

let office: Office
beforeAll(async () => {
  office = await startOffice({}, ['http'])
  const { rows } = await office.service.adminPool.query<{ id: string }>(
    `insert into billing.account select gen_random_uuid(), kind, null, 'USD' from unnest(array['revenue', 'cash']) kind returning id`,
  )
  const [one, other] = rows.map(({ id }) => id)
  await office.service.adminPool.query(`
    begin;
    set local session_replication_role = replica;
    insert into billing.journal_entry (id, booked_on, kind, patient_id)
      select gen_random_uuid(), date '2026-06-01' + n % 90, 'adjustment', gen_random_uuid() from generate_series(1, ${ENTRIES}) n;
    insert into billing.journal_line
      select e.id, l.line, l.account, l.amount from billing.journal_entry e
        cross join (values (1, '${one}'::uuid, 100), (2, '${other}'::uuid, -100)) l (line, account, amount);
    commit;
    analyze billing.journal_entry, billing.journal_line`)
})
afterAll(() => office?.service.stop())

/** How many lines the database has read since it began, as its processes have told so far. */
async function linesRead(): Promise<number> {
  const { rows } = await office.service.adminPool.query<{ n: number }>(
    `select (seq_tup_read + idx_tup_fetch)::float8 as n from pg_stat_user_tables where relid = 'billing.journal_line'::regclass`,
  )
  return rows[0]?.n ?? 0
}

it('an export of many pages reads each line once', async () => {
  const before = await linesRead()
  const [, ...lines] = (await exportLedger(office.service, '2026-06-01', '2026-08-30'))
    .toString()
    .trimEnd()
    .split('\r\n')
  expect(new Set(lines.map((line) => line.split(',').toSpliced(1, 2).slice(0, 2).join())).size).toBe(LINES)
  expect(lines).toEqual(lines.toSorted((a, b) => key(a).localeCompare(key(b))))
  // What a process has read it tells when it is idle.
  const read = await vi.waitFor(
    async () => {
      const told = (await linesRead()) - before
      expect(told).toBeGreaterThanOrEqual(LINES)
      return told
    },
    { timeout: 30_000, interval: 200 },
  )
  expect(read).toBeLessThan(2 * LINES)
})

it('an export of more lines than are given at once is refused, and says until when there is room', async () => {
  const exported = (to: string) => exportLedger(office.service, '2026-06-01', to, LINES / 2)
  const refused = await exported('2026-08-30').then(
    () => undefined,
    (error: DomainError) => error,
  )
  expect(refused).toMatchObject({ code: 'too-many-lines', details: { fields: [{ field: 'query.to' }] } })
  const end = refused?.details.fields?.[0]?.expected.replace('before ', '') ?? ''
  const lines = (await exported(addDays(end, -1))).toString().trimEnd().split('\r\n').length - 1
  expect(lines).toBeGreaterThan(LINES / 4)
})

/** By day, entry and line. */
function key(line: string): string {
  const [entry = '', day = '', , number = ''] = line.split(',')
  return [day, entry, number].join()
}
