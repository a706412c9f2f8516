import { expect, onTestFinished, test } from 'vitest'
import { housekeeping } from '../src/runtime/housekeeping.ts'
import { createTestDatabase } from '../src/testing/postgres.ts'
import { poolOf } from './messaging/fixtures.ts'

// So many are deleted in the time that a statement has; all that a bulk import has left are not.
const MANY = 10_000

test('what can no longer matter is deleted a part at a time, until none is left or the process ends', async () => {
  const database = await createTestDatabase({ services: [{ name: 'records' }] })
  onTestFinished(() => database.drop())
  const admin = poolOf(database.adminUrl)
  onTestFinished(() => admin.end())
  const pool = poolOf(database.urls('records').appUrl)
  onTestFinished(() => pool.end())
  for (const table of ['inbox', 'idempotency_key'])
    await admin.query(
      `create function records.few_${table}() returns trigger language plpgsql as $$ begin
         if (select count(*) from gone) > ${MANY} then raise exception 'too many at once'; end if; return null; end $$;
       create trigger few after delete on records.${table} referencing old table as gone
         for each statement execute function records.few_${table}()`,
    )
  const add = async () => {
    await pool.query(
      `insert into inbox select 'records', gen_random_uuid(), now() - interval '30 days' from generate_series(1, $1::int)`,
      [2 * MANY + 1],
    )
    await pool.query(
      `insert into idempotency_key (actor_id, route, key, body_hash, created_at)
       select gen_random_uuid(), 'r', 'k', '', now() - interval '30 days' from generate_series(1, $1::int)`,
      [2 * MANY + 1],
    )
  }
  const left = async () =>
    (await pool.query('select (select count(*) from inbox)::int + (select count(*) from idempotency_key)::int as n'))
      .rows[0]?.n
  await add()
  await housekeeping(pool).run(AbortSignal.abort())
  expect(await left()).toBeGreaterThan(2 * MANY)
  await housekeeping(pool).run(new AbortController().signal)
  expect(await left()).toBe(0)
})
