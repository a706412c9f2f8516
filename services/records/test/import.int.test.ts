import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { patientChanged, patientRegistered } from '@wellgate/shared/contracts/patients/events'
import { withTx } from '@wellgate/shared/db/tx'
import type { RunningTestService } from '@wellgate/shared/testing/service'
import { createChartRepository } from '../src/chart/chart-repository.ts'
import { applyImport } from '../src/import/apply-import.ts'
import { at, itemOf, newPatient, observation, start, type Chunk, type Item, type Json } from './support.ts'

let service: RunningTestService
let chart: ReturnType<typeof at>
beforeAll(async () => {
  service = await start()
  chart = at(service)
})
afterAll(() => service.stop())

const observationsOf = async (patientId: string) =>
  (await chart.read('records.list-observations', patientId)).body.items as Json[]
const outcomesOf = async (importId: string) =>
  (await chart.resultsOf(importId)).map(({ outcome, code }) => (code === undefined ? outcome : `${outcome} ${code}`))
const historyOf = async (id: string) =>
  (
    await service.adminPool.query('select version from records.observation_history where id = $1 order by version', [
      id,
    ])
  ).rows

describe('importing resources', () => {
  it('creates each, under interop’s id, and answers in the order of the bundle', async () => {
    const items = [
      itemOf(observation()),
      itemOf({ resourceType: 'Encounter', status: 'finished', period: { start: '2020' } }),
      itemOf(observation({ valueQuantity: { value: 7.1 } })),
    ]
    const { importId, patientId } = await chart.send(items)
    expect(await chart.resultsOf(importId)).toEqual(items.map((_, index) => ({ index, outcome: 'created' })))
    const ids = (await observationsOf(patientId)).map(({ id }) => id)
    expect(new Set(ids)).toEqual(new Set([items[0]?.id, items[2]?.id]))
  })

  it('leaves what has not changed', async () => {
    const item = itemOf(observation())
    const { patientId } = await chart.send([item])
    const before = await observationsOf(patientId)
    const { importId } = await chart.send([item], patientId)
    expect(await outcomesOf(importId)).toEqual(['unchanged'])
    expect(await observationsOf(patientId)).toEqual(before)
    expect(await historyOf(item.id)).toEqual([])
  })

  it('takes over what the source has changed and keeps what was', async () => {
    const item = itemOf(observation())
    const { patientId } = await chart.send([item])
    const prior = await service.adminPool.query('select document from records.observation where id = $1', [item.id])
    const changed = itemOf(observation({ status: 'corrected', effectiveDateTime: '2021', code: { text: 'HbA1c' } }), {
      id: item.id,
    })
    const { importId } = await chart.send([changed], patientId)
    expect(await outcomesOf(importId)).toEqual(['updated'])
    expect(await observationsOf(patientId)).toMatchObject([
      { id: item.id, status: 'corrected', clinicalTime: '2021', code: { text: 'HbA1c', codings: [] }, version: 2 },
    ])
    expect(await historyOf(item.id)).toEqual([{ version: 1 }])
    const kept = await service.adminPool.query('select document from records.observation_history where id = $1', [
      item.id,
    ])
    expect(kept.rows).toEqual(prior.rows)
    const byCode = await chart.read('records.list-observations', patientId, { code: '4548-4' })
    expect(byCode.body.items).toEqual([])
  })

  it('does not overwrite what was corrected here', async () => {
    const item = itemOf(observation())
    const { patientId } = await chart.send([item])
    await service.adminPool.query('update records.observation set locally_changed = true where id = $1', [item.id])
    expect(await outcomesOf((await chart.send([item], patientId)).importId)).toEqual(['unchanged'])
    const changed = itemOf(observation({ status: 'amended' }), { id: item.id })
    const { importId } = await chart.send([changed], patientId)
    expect(await outcomesOf(importId)).toEqual(['set-aside locally-changed'])
    expect(await observationsOf(patientId)).toMatchObject([{ status: 'final', version: 1 }])
  })

  it('never moves a row to another patient', async () => {
    const item = itemOf(observation())
    const { patientId } = await chart.send([item])
    const other = await chart.send([item])
    expect(await outcomesOf(other.importId)).toEqual(['set-aside wrong-patient'])
    expect(await observationsOf(other.patientId)).toEqual([])
    expect(await observationsOf(patientId)).toHaveLength(1)
  })

  it('sets one bad resource aside, naming field and rule, and takes the 99 others', async () => {
    const items = Array.from({ length: 100 }, (_, n) => itemOf(observation({ valueQuantity: { value: n } })))
    items[42] = itemOf(observation({ effectiveDateTime: '2020-02-30' }))
    const { importId, patientId } = await chart.send(items)
    const results = await chart.resultsOf(importId)
    expect(results.filter(({ outcome }) => outcome === 'created')).toHaveLength(99)
    expect(results[42]).toEqual({
      index: 42,
      outcome: 'set-aside',
      code: 'invalid-resource',
      detail: 'effectiveDateTime: expected a FHIR date or time that exists',
    })
    expect((await chart.read('records.read-summary', patientId)).body.counts.observations).toBe(99)
  })

  it('takes the first of two items with one id', async () => {
    const item = itemOf(observation())
    const { importId, patientId } = await chart.send([item, { ...item, sourceHash: 'other' }])
    expect(await outcomesOf(importId)).toEqual(['created', 'set-aside duplicate'])
    expect(await observationsOf(patientId)).toHaveLength(1)
  })

  it('keeps emoji, right-to-left text, long text, unknown systems and odd decimals', async () => {
    const text = `👩🏽‍⚕️ مرحبا שלום ${'長'.repeat(20_000)}`
    const resource = JSON.stringify(
      observation({ code: { text, coding: [{ system: 'urn:x:unheard-of', code: '\\u0000 is no NUL' }] } }),
    ).replace('6.1', '7.10')
    const { patientId } = await chart.importAll([resource])
    expect(await observationsOf(patientId)).toMatchObject([
      {
        code: { text, codings: [{ system: 'urn:x:unheard-of', code: '\\u0000 is no NUL', display: null }] },
        value: { value: 7.1 },
      },
    ])
    const byCode = await chart.read('records.list-observations', patientId, {
      code: 'urn:x:unheard-of|\\u0000 is no NUL',
    })
    expect(byCode.body.items).toHaveLength(1)
  })

  it('keeps a code with half a surrogate pair, as some source has cut it', async () => {
    const { importId, patientId } = await chart.importAll([
      observation({ code: { text: 'cut \ud83c', coding: [{ system: 'urn:x:cut \ud83c', code: 'cut \ud83c' }] } }),
    ])
    expect(await outcomesOf(importId)).toEqual(['created'])
    expect(await observationsOf(patientId)).toMatchObject([{ code: { text: 'cut \ud83c' } }])
  })

  it('sets NUL characters and years before the first aside, or cuts them, and never parks', async () => {
    const { importId, patientId } = await chart.importAll([
      observation({ note: [{ text: 'a\0b' }] }),
      observation({ effectiveDateTime: '0000-01-01' }),
      observation({ effectiveDateTime: '0001-01-01T00:00:00+14:00' }),
      observation({ effectiveDateTime: '9999-12-31T23:59:59-14:00' }),
      '{"resourceType":"Observation"',
      'null',
    ])
    const aside = 'set-aside invalid-resource'
    expect(await outcomesOf(importId)).toEqual([aside, aside, 'created', 'created', aside, aside])
    expect((await observationsOf(patientId)).map(({ clinicalTime }) => clinicalTime)).toEqual([
      '9999-12-31T23:59:59-14:00',
      '0001-01-01T00:00:00+14:00',
    ])
    expect((await service.adminPool.query('select from records.parked_event')).rowCount).toBe(0)
  })
})

describe('twins', () => {
  const repositoryOf = () => {
    const { sealer, blindIndex } = service.running.platform
    return createChartRepository({ sealer, codeIndex: blindIndex('chart.code', 64) })
  }
  const apply = (chunk: Chunk) => {
    const { platform } = service.running
    return withTx(platform.pool, (tx) => applyImport(platform, repositoryOf(), tx, chunk))
  }

  it('that create the same resource at once leave one, and the other succeeds when it is tried again', async () => {
    const { patientId, importId } = await chart.send([])
    const item = itemOf(observation())
    const chunk = { importId, patientId, source: 'general-hospital', chunk: 1, items: [item] }
    const settled = await Promise.allSettled([apply(chunk), apply(chunk), apply(chunk)])
    expect(settled.some(({ status }) => status === 'fulfilled')).toBe(true)
    for (const { status } of settled) if (status === 'rejected') await apply(chunk)
    expect(await observationsOf(patientId)).toMatchObject([{ id: item.id, version: 1 }])
    const outcomes = (await outcomesOf(importId)).toSorted((a, b) => a.localeCompare(b))
    expect(outcomes).toEqual(['created', 'unchanged', 'unchanged'])
  })

  it('that update the same resources in opposite orders never wait for each other for ever', async () => {
    const items = Array.from({ length: 20 }, () => itemOf(observation()))
    const { patientId, importId } = await chart.send(items)
    const again = (n: number) => items.map((item) => ({ ...item, sourceHash: `changed ${n}` }))
    const chunkOf = (n: number, turned: Item[]) => ({ importId, patientId, source: 's', chunk: n, items: turned })
    await Promise.all([apply(chunkOf(1, again(1))), apply(chunkOf(2, again(2).toReversed()))])
    const versions = (await observationsOf(patientId)).map(({ version }) => version)
    expect(new Set(versions)).toEqual(new Set([3]))
    expect(await historyOf(items[0]?.id ?? '')).toEqual([{ version: 1 }, { version: 2 }])
  })
})

describe('the consumer', () => {
  it('has its effect once, though the log comes again from its start', async () => {
    const item = itemOf(observation())
    const { importId, patientId } = await chart.send([item])
    await chart.send([{ ...itemOf(observation({ status: 'amended' })), id: item.id }], patientId)
    await service.processed()
    const rewind = "update events.group_offset set next_offset = 0 where consumer_group = 'records'"
    expect((await service.adminPool.query(rewind)).rowCount).toBeGreaterThan(0)
    await service.processed()
    expect(await chart.resultsOf(importId)).toHaveLength(1)
    expect(await observationsOf(patientId)).toMatchObject([{ version: 2, status: 'amended' }])
    expect(await historyOf(item.id)).toEqual([{ version: 1 }])
  })

  it('knows patients from every event that tells of them', async () => {
    const [registered, changed, imported] = [newPatient(), newPatient(), newPatient()]
    await service.publish(patientRegistered, { patientId: registered, birthDate: '1970' })
    await service.publish(patientRegistered, { patientId: registered, birthDate: '1970' })
    await service.publish(patientChanged, { patientId: changed, birthDate: '1970' })
    await chart.importPatient(imported)
    for (const patientId of [registered, changed, imported]) {
      expect(await chart.read('records.list-goals', patientId)).toMatchObject({
        status: 200,
        body: { items: [], next: null },
      })
    }
    expect((await chart.read('records.list-goals', randomUUID())).status).toBe(404)
  })

  it('leaves nothing behind when it fails half-way', async () => {
    const { platform } = service.running
    const { sealer, blindIndex } = platform
    const repository = createChartRepository({ sealer, codeIndex: blindIndex('chart.code', 64) })
    const { importId, patientId } = await chart.send([])
    const items = [itemOf(observation())]
    const chunk = { importId, patientId, source: 'general-hospital', chunk: 1, items }
    const outbox: typeof platform.outbox = {
      append: () => Promise.reject(new Error('the answer to interop fails')),
      appendMany: () => Promise.reject(new Error('the answer to interop fails')),
    }
    const attempt = withTx(platform.pool, (tx) => applyImport({ outbox }, repository, tx, chunk))
    await expect(attempt).rejects.toThrow('the answer to interop fails')
    expect(await observationsOf(patientId)).toEqual([])
    await withTx(platform.pool, (tx) => applyImport(platform, repository, tx, chunk))
    expect(await observationsOf(patientId)).toHaveLength(1)
  })
})
