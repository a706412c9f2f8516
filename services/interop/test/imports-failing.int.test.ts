import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { replayParked } from '@wellgate/shared/messaging/parked'
import { startTestService, type RunningTestService } from '@wellgate/shared/testing/service'
import { interopConsumers } from '../src/consumers.ts'
import { createDeleteOldBundles } from '../src/imports/delete-old-bundles.ts'
import { importDepsOf, type ImportDeps } from '../src/imports/import-deps.ts'
import { interopService } from '../src/service.ts'
import { smallBundle } from './bundles.ts'
import { answerAll, read, send, sentOf } from './importing.ts'

let service: RunningTestService
let deps: ImportDeps

beforeAll(async () => {
  service = await startTestService(interopService)
  deps = importDepsOf(service.running.platform)
})
afterAll(() => service.stop())

const sql = async <R extends object>(text: string, values: unknown[] = []): Promise<R[]> =>
  (await service.adminPool.query<R>(text, values)).rows
const countOf = async (table: string, importId: string): Promise<number> =>
  (await sql<{ n: number }>(`select count(*)::int as n from interop.${table} where import_id = $1`, [importId]))[0]
    ?.n ?? -1

/** Makes the database refuse an event of this type, as a fault in the middle of a split would. */
const refuse = (type: string) =>
  sql(`create or replace function interop.refuse() returns trigger language plpgsql as $$ begin
         if new.type = '${type}' then raise exception 'refused'; end if; return new; end $$;
       create or replace trigger refuse before insert on interop.outbox for each row execute function interop.refuse()`)
const allow = () => sql('drop trigger if exists refuse on interop.outbox')

describe('an import whose split fails in the middle', () => {
  beforeEach(async () => {
    await allow()
  })

  it('leaves nothing half done, parks, and goes on when the cause is mended', async () => {
    await refuse('import.resources')
    const { bundle } = smallBundle()
    const importId = await send(service, bundle)
    await service.running.relay.processAll()
    await vi.waitFor(async () => expect(await sql('select 1 from interop.parked_event')).toHaveLength(1), {
      timeout: 20_000,
      interval: 50,
    })
    expect(await read(service, importId)).toMatchObject({ state: 'queued', counts: {}, setAside: [] })
    expect(await countOf('import_chunk', importId)).toBe(0)
    const { patientId } = await read(service, importId)
    expect(
      await sql("select 1 from interop.crosswalk where type <> 'Patient' and patient_id = $1", [patientId]),
    ).toEqual([])
    expect(await sentOf(service, importId)).toEqual([])

    await allow()
    const { eventSealer, pool } = service.running.platform
    const result = await replayParked({
      service: 'interop',
      group: 'interop',
      pool,
      handlers: interopConsumers(deps),
      eventSealer,
    })
    expect(result).toEqual({ replayed: 1, failed: [] })
    await answerAll(service, importId)
    expect((await read(service, importId)).state).toBe('completed')
  })

  it('does not delay other patients', async () => {
    await refuse('import.nothing')
    const importId = await send(service, smallBundle().bundle)
    await answerAll(service, importId)
    expect((await read(service, importId)).state).toBe('completed')
  })
})

describe('a bundle that cannot be opened', () => {
  it('fails its import, and nothing else', async () => {
    const held = await holdConsumers()
    const [broken, gone, good] = [
      await send(service, smallBundle().bundle),
      await send(service, smallBundle().bundle),
      await send(service, smallBundle().bundle),
    ]
    await sql(
      'update interop.received_bundle set bundle = set_byte(bundle, 40, 255 - get_byte(bundle, 40)) where import_id = $1',
      [broken],
    )
    await sql('delete from interop.received_bundle where import_id = $1', [gone])
    await held.release()
    expect(await read(service, broken)).toMatchObject({ state: 'failed', counts: {}, setAside: [] })
    expect((await read(service, gone)).state).toBe('failed')
    expect((await read(service, good)).state).toBe('running')
    expect(await sentOf(service, broken)).toEqual([])
    expect(
      await sql('select 1 from interop.import_job where id = $1 and finished_at is not null', [broken]),
    ).toHaveLength(1)
  })
})

describe('received bundles', () => {
  it('are deleted after 30 days, unless they are still to be split', async () => {
    const split = await send(service, smallBundle().bundle)
    await service.processed()
    const held = await holdConsumers()
    const queued = await send(service, smallBundle().bundle)
    expect(await inDays(29.9)).toBe(0)
    expect(await countOf('received_bundle', split)).toBe(1)
    expect(await inDays(30.1)).toBeGreaterThan(0)
    expect([await countOf('received_bundle', split), await countOf('received_bundle', queued)]).toEqual([0, 1])
    await held.release()
    await answerAll(service, split)
    expect((await read(service, split)).state).toBe('completed')
    expect((await read(service, queued)).state).toBe('running')
  })
})

describe('many old bundles', () => {
  // So many of the largest are deleted in the time that a statement has; all at once are never.
  const MANY = 10
  it('are deleted a few at a time, until none is left or the process ends', async () => {
    const importId = await send(service, smallBundle().bundle)
    await answerAll(service, importId)
    const add = () =>
      sql(
        `with job as (
           insert into interop.import_job (id, source, patient_id, state, received_at, finished_at)
           select gen_random_uuid(), source, patient_id, state, received_at, finished_at
           from interop.import_job, generate_series(1, 25) where id = $1 returning id)
         insert into interop.received_bundle select id, 'x', now() from job`,
        [importId],
      )
    await sql(
      `create function interop.few() returns trigger language plpgsql as $$ begin
         if (select count(*) from gone) > ${MANY} then raise exception 'too many at once'; end if; return null; end $$;
       create trigger few after delete on interop.received_bundle referencing old table as gone
         for each statement execute function interop.few()`,
    )
    await add()
    expect(await inDays(30.1)).toBeGreaterThanOrEqual(25)
    expect(await sql('select from interop.received_bundle')).toEqual([])
    await add()
    expect(await inDays(30.1, AbortSignal.abort())).toBeLessThanOrEqual(MANY)
    expect(await inDays(30.1)).toBeGreaterThanOrEqual(15)
  })
})

describe('the database', () => {
  it('refuses states that make no sense', async () => {
    const importId = await send(service, smallBundle().bundle)
    await service.processed()
    const refused = (text: string) => expect(sql(text, [importId])).rejects.toMatchObject({ code: '23514' })
    await refused("update interop.import_job set state = 'lost' where id = $1")
    await refused("update interop.import_job set state = 'completed' where id = $1")
    await refused("update interop.import_chunk set state = 'lost' where import_id = $1")
    await refused(
      'update interop.crosswalk set patient_id = gen_random_uuid() where id = (select patient_id from interop.import_job where id = $1)',
    )
  })
})

/** Runs the job as of so many days from now. */
const inDays = (days: number, signal = new AbortController().signal): Promise<number> =>
  createDeleteOldBundles({ pool: deps.pool, now: () => new Date(Date.now() + days * 86_400_000) })(signal)

/** Keeps the consumer from beginning an event, until released. */
async function holdConsumers(): Promise<{ release(): Promise<void> }> {
  const client = await service.adminPool.connect()
  await client.query('begin')
  await client.query('lock table interop.inbox in access exclusive mode')
  return {
    async release() {
      await client.query('commit')
      client.release()
      await service.processed()
    },
  }
}
