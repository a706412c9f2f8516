import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { RunningTestService } from '@wellgate/shared/testing/service'
import { at, concept, observation, start, type Json } from './support.ts'

let service: RunningTestService
let chart: ReturnType<typeof at>
beforeAll(async () => {
  service = await start()
  chart = at(service)
})
afterAll(() => service.stop())

const LIST = 'records.list-observations'
type Query = Record<string, string | number>

/** Every page of a list, with the sizes of the pages. */
async function readAll(patientId: string, query: Query): Promise<{ items: Json[]; sizes: number[] }> {
  const items: Json[] = []
  const sizes: number[] = []
  for (let cursor: string | null = ''; cursor !== null;) {
    const { status, body } = await chart.read(LIST, patientId, { ...query, ...(cursor ? { cursor } : {}) })
    expect(status).toBe(200)
    items.push(...body.items)
    sizes.push(body.items.length)
    cursor = body.next
  }
  return { items, sizes }
}
const timesOf = (items: Json[]) => items.map(({ clinicalTime }) => clinicalTime)

describe('a list', () => {
  it('is newest first, partial dates at their beginning, the timeless last; pages hold each entry once', async () => {
    const times = [
      '2020-06',
      '2020',
      '2020-01-01T00:00:00+00:00',
      '2020-05-31T23:30:00-01:00',
      '2020-06-01T00:00:00.001Z',
      '1890-02-03',
      '2024-02-29',
      null,
      null,
    ]
    const same = Array.from({ length: 8 }, () => '2019-09-09')
    const resources = [...times, ...same].map((time) => observation({ effectiveDateTime: time }))
    const { patientId } = await chart.importAll(resources)
    const whole = await readAll(patientId, { limit: 100 })
    expect(timesOf(whole.items).slice(0, 2)).toEqual(['2024-02-29', '2020-05-31T23:30:00-01:00'])
    expect(timesOf(whole.items).slice(2, 4)).toEqual(['2020-06-01T00:00:00.001Z', '2020-06'])
    expect(timesOf(whole.items).slice(4, 6).map(String).toSorted()).toEqual(['2020', '2020-01-01T00:00:00+00:00'])
    expect(timesOf(whole.items).slice(6)).toEqual([...same, '1890-02-03', null, null])
    for (const limit of [1, 2, 3, 16, 17]) {
      const { items, sizes } = await readAll(patientId, { limit })
      expect(items).toEqual(whole.items)
      expect(new Set(sizes.slice(0, -1))).toEqual(new Set(limit < 17 ? [limit] : []))
    }
  })

  it('pages through what arrives newer meanwhile without gap or repeat', async () => {
    const { patientId } = await chart.importAll(
      Array.from({ length: 5 }, (_, n) => observation({ effectiveDateTime: `2020-01-0${n + 1}` })),
    )
    const first = await chart.read(LIST, patientId, { limit: 2 })
    await chart.importAll([observation({ effectiveDateTime: '2021-01-01' })], patientId)
    const second = await chart.read(LIST, patientId, { limit: 3, cursor: first.body.next })
    expect(timesOf([...first.body.items, ...second.body.items])).toEqual([
      '2020-01-05',
      '2020-01-04',
      '2020-01-03',
      '2020-01-02',
      '2020-01-01',
    ])
    expect(second.body.next).toBeNull()
  })

  it('never shows another patient’s entries, whatever the cursor says', async () => {
    const one = await chart.importAll([observation(), observation()])
    const two = await chart.importAll([observation({ effectiveDateTime: '2019' })])
    const { body } = await chart.read(LIST, one.patientId, { limit: 1 })
    const crossed = await chart.read(LIST, two.patientId, { limit: 100, cursor: body.next })
    expect(timesOf(crossed.body.items)).toEqual(['2019'])
  })
})

describe('filters', () => {
  let patientId: string
  beforeAll(async () => {
    const vital = [{ coding: [{ code: 'vital-signs' }] }]
    const exotic = [{ coding: [{ system: 'urn:x', code: 'exotic' }] }]
    const sent = await chart.importAll([
      observation({ effectiveDateTime: '2020-01-01', code: concept('8302-2', 'Height'), category: vital }),
      observation({ effectiveDateTime: '2020-02', code: concept('8302-2', 'Height', 'urn:other'), category: vital }),
      observation({ effectiveDateTime: '2020-03-01', code: concept('4548-4', 'HbA1c') }),
      observation({ effectiveDateTime: '2020-04-01', code: concept('4548-4', 'HbA1c'), status: 'amended' }),
      observation({ effectiveDateTime: '2020-05-01', code: { text: 'no code' }, category: exotic }),
      observation({ effectiveDateTime: null, code: { text: 'no time' } }),
    ])
    ;({ patientId } = sent)
  })
  const found = async (query: Query) => timesOf((await readAll(patientId, { ...query, limit: 1 })).items)

  it.each<[Query, (string | null)[]]>([
    [{ status: 'amended' }, ['2020-04-01']],
    [{ status: 'corrected' }, []],
    [{ category: 'vital-signs' }, ['2020-02', '2020-01-01']],
    [{ category: 'exotic' }, ['2020-05-01']],
    [{ category: 'exoti' }, []],
    [{ code: '4548-4' }, ['2020-04-01', '2020-03-01']],
    [{ code: '8302-2' }, ['2020-02', '2020-01-01']],
    [{ code: 'http://loinc.org|8302-2' }, ['2020-01-01']],
    [{ code: 'urn:other|8302-2' }, ['2020-02']],
    [{ code: '|8302-2' }, []],
    [{ code: 'vital-signs' }, []],
    [{ code: '8302-2', category: 'vital-signs', status: 'final', from: '2020-01-02' }, ['2020-02']],
    [{ from: '2020-04-01' }, ['2020-05-01', '2020-04-01']],
    [{ to: '2020-02-01' }, ['2020-01-01']],
    [{ from: '2020-02-01', to: '2020-03-01' }, ['2020-02']],
    [{ from: '2020-03-01T01:00:00+01:00', to: '2020-04-01T00:00:00Z' }, ['2020-03-01']],
    [{ from: '0001-01-01', to: '9999-12-31' }, ['2020-05-01', '2020-04-01', '2020-03-01', '2020-02', '2020-01-01']],
  ])('%j', async (query, times) => {
    expect(await found(query)).toEqual(times)
  })

  it('keep medications told of and ordered in one list', async () => {
    const { patientId: id } = await chart.importAll([
      {
        resourceType: 'MedicationRequest',
        status: 'active',
        authoredOn: '2020',
        medicationCodeableConcept: concept('1'),
      },
      {
        resourceType: 'MedicationStatement',
        status: 'active',
        effectiveDateTime: '2021',
        medicationCodeableConcept: concept('2'),
      },
    ])
    const { body } = await chart.read('records.list-medications', id)
    expect(timesOf(body.items)).toEqual(['2021', '2020'])
  })
})

describe('a cursor', () => {
  it('may be used with other bounds', async () => {
    const { patientId } = await chart.importAll(
      ['2020-01-01', '2020-01-02', '2020-01-03', '2020-01-04', null].map((effectiveDateTime) =>
        observation({ effectiveDateTime }),
      ),
    )
    const { body } = await chart.read(LIST, patientId, { limit: 2 })
    const then = async (query: Query) =>
      timesOf((await chart.read(LIST, patientId, { ...query, cursor: body.next })).body.items)
    expect(await then({})).toEqual(['2020-01-02', '2020-01-01', null])
    expect(await then({ to: '2020-01-02' })).toEqual(['2020-01-01'])
    expect(await then({ to: '2020-01-03' })).toEqual(['2020-01-02', '2020-01-01'])
    expect(await then({ to: '2021-01-01', from: '2020-01-02' })).toEqual(['2020-01-02'])
  })
})

describe('a bad request', () => {
  const cursorOf = (position: unknown) => Buffer.from(JSON.stringify(position)).toString('base64url')
  it.each<[Query, string]>([
    [{ cursor: 'bogus' }, 'query.cursor'],
    [{ cursor: cursorOf({ t: '::::', i: randomUUID() }) }, 'query.cursor'],
    [{ cursor: cursorOf({ t: 9e15, i: randomUUID() }) }, 'query.cursor'],
    [{ cursor: cursorOf({ t: -9e14, i: randomUUID() }) }, 'query.cursor'],
    [{ cursor: cursorOf({ t: 0.5, i: randomUUID() }) }, 'query.cursor'],
    [{ cursor: cursorOf({ t: 0, i: 'x' }) }, 'query.cursor'],
    [{ status: 'a\0b' }, 'query.status'],
    [{ status: 'nonsense' }, 'query.status'],
    [{ cursor: cursorOf({ t: 0 }) }, 'query.cursor'],
    [{ cursor: cursorOf(null) }, 'query.cursor'],
    [{ limit: 0 }, 'query.limit'],
    [{ limit: 101 }, 'query.limit'],
    [{ limit: 'many' }, 'query.limit'],
    [{ from: '2020-02-30' }, 'query.from'],
    [{ from: '2020' }, 'query.from'],
    [{ to: 'yesterday' }, 'query.to'],
    [{ from: '2020-02-02', to: '2020-02-01' }, 'query.from'],
    [{ sort: 'code' }, 'query.sort'],
    [{ code: 'x'.repeat(101) }, 'query.code'],
  ])('%j is 400 and names its field', async (query, field) => {
    const { patientId } = await chart.importAll([observation()])
    const { status, body } = await chart.read(LIST, patientId, query)
    expect(status).toBe(400)
    expect(body.fields.map((each: Json) => each['field'])).toEqual([field])
  })

  it('names the statuses that there are of what is listed', async () => {
    const { patientId } = await chart.importAll([])
    const expected = async (list: Parameters<typeof chart.read>[0]) =>
      (await chart.read(list, patientId, { status: 'done' })).body.fields[0].expected
    expect(await expected('records.list-immunizations')).toBe('one of "completed", "not-done", "entered-in-error"')
    expect(await expected('records.list-medications')).toBe(
      'one of "active", "on-hold", "completed", "unknown", "cancelled", "stopped", "draft", "intended", "not-taken", "entered-in-error"',
    )
  })

  it('is not one where a code holds what no code does', async () => {
    const { patientId } = await chart.importAll([observation()])
    for (const name of ['category', 'code']) {
      expect(await chart.read(LIST, patientId, { [name]: 'a\0b' })).toMatchObject({ status: 200, body: { items: [] } })
    }
  })
})
