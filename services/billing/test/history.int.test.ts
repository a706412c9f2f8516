import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { RunningTestService } from '@wellgate/shared/testing/service'
import { at, startHistory, claim, explanation, itemOf, newPatient, pair, type Json } from './history-bills.ts'

let service: RunningTestService
let history: ReturnType<typeof at>
beforeAll(async () => {
  service = await startHistory()
  history = at(service)
})
afterAll(() => service.stop())

const usd = (amount: number) => ({ amount, currency: 'USD' })
const outcomes = (results: readonly { outcome: string; code?: string | undefined }[]) =>
  results.map(({ outcome, code }) => code ?? outcome)

describe('a claim and what its payer said of it', () => {
  it('are one entry', async () => {
    const { bill, said } = pair()
    const { patientId, results } = await history.send([bill, said])
    expect(outcomes(results)).toEqual(['created', 'created'])
    expect(await history.items(patientId)).toEqual([
      {
        id: bill.id,
        kind: 'claim',
        // In the time zone of the source, where it was still the 6th.
        date: '2011-05-06',
        provider: 'LAHEY HOSPITAL',
        payer: 'Aetna Health',
        codes: [{ system: 'http://snomed.info/sct', code: '185349003', display: 'Check up' }],
        billed: usd(40604),
        paidByPayer: usd(22483),
        // Twice 28.104000000000003, rounded once.
        patientShare: usd(5621),
      },
    ])
  })

  it('are one entry whichever comes first, in chunks and imports of their own', async () => {
    const { bill, said } = pair()
    const { patientId } = await history.send([said])
    expect(await history.items(patientId)).toMatchObject([{ id: bill.id, kind: 'explanation-of-benefit' }])
    await history.send([bill], patientId)
    expect(await history.items(patientId)).toMatchObject([{ id: bill.id, kind: 'claim', paidByPayer: usd(22483) }])
  })

  it('stand alone where the other is missing', async () => {
    const [alone, lonely] = [itemOf(claim({ total: undefined })), itemOf(explanation('urn:uuid:elsewhere'))]
    const { patientId } = await history.send([alone, lonely])
    expect(await history.items(patientId)).toMatchObject([
      {
        id: lonely.id,
        kind: 'explanation-of-benefit',
        date: '2012-05-06',
        billed: usd(40604),
        paidByPayer: usd(22483),
      },
      { id: alone.id, kind: 'claim', payer: 'Aetna', billed: null, paidByPayer: null, patientShare: null },
    ])
  })

  it('of two payers add up', async () => {
    const { bill, said } = pair()
    const second = itemOf(
      explanation('urn:uuid:c', { payment: { amount: { value: 100.005, currency: 'USD' } }, item: [] }),
      {
        links: said.links,
      },
    )
    const { patientId } = await history.send([bill, said, second])
    expect(await history.items(patientId)).toMatchObject([{ paidByPayer: usd(32484), patientShare: usd(5621) }])
  })

  it('say no sum that is beyond all bounds, though each of its amounts is not', async () => {
    const huge = { payment: { amount: { value: 9.9e12, currency: 'USD' } }, item: [] }
    const { bill, said } = pair({}, huge)
    const others = Array.from({ length: 9 }, () => itemOf(explanation('urn:uuid:c', huge), { links: said.links }))
    const { patientId, results } = await history.send([bill, said, ...others])
    expect(new Set(outcomes(results))).toEqual(new Set(['created']))
    expect(await history.items(patientId)).toMatchObject([{ billed: usd(40604), paidByPayer: null }])
  })

  it('say no sum of two currencies', async () => {
    const { bill, said } = pair({}, { payment: { amount: { value: 5, currency: 'JPY' } } })
    const other = itemOf(explanation('urn:uuid:c'), { links: said.links })
    const { patientId } = await history.send([bill, said, other])
    expect(await history.items(patientId)).toMatchObject([{ paidByPayer: null, billed: usd(40604) }])
  })

  it('count yen whole, and cents only once', async () => {
    const { bill, said } = pair({ total: { value: 1250.5, currency: 'JPY' } }, { item: [] })
    const { patientId } = await history.send([bill, said])
    expect(await history.items(patientId)).toMatchObject([
      { billed: { amount: 1251, currency: 'JPY' }, patientShare: null },
    ])
  })

  it('are not shown when they were cancelled or entered in error', async () => {
    const { bill, said } = pair({ status: 'entered-in-error' }, { status: 'cancelled' })
    const { patientId, results } = await history.send([bill, said])
    expect(outcomes(results)).toEqual(['created', 'created'])
    expect(await history.items(patientId)).toEqual([])
  })
})

describe('again', () => {
  it('changes nothing', async () => {
    const { bill, said } = pair()
    const { patientId } = await history.send([bill, said])
    const before = await history.items(patientId)
    const { results } = await history.send([bill, said], patientId)
    expect(outcomes(results)).toEqual(['unchanged', 'unchanged'])
    expect(await history.items(patientId)).toEqual(before)
  })

  it('with a change is the next version, and the prior one is kept', async () => {
    const { bill, said } = pair()
    const { patientId } = await history.send([bill, said])
    const changed = itemOf(claim({ total: { value: 400, currency: 'USD' } }), { id: bill.id })
    expect(outcomes((await history.send([changed, said], patientId)).results)).toEqual(['updated', 'unchanged'])
    expect(await history.items(patientId)).toMatchObject([{ billed: usd(40000), paidByPayer: usd(22483) }])
    const { rows } = await service.adminPool.query(
      'select h.version, h.source_hash, b.version as present from billing.imported_bill_history h join billing.imported_bill b using (id) where id = $1',
      [bill.id],
    )
    expect(rows).toEqual([{ version: 1, source_hash: bill.sourceHash, present: 2 }])
    await expect(service.pool.query('delete from imported_bill_history')).rejects.toMatchObject({ code: '42501' })
  })

  it.each(['kept', 'lost'])('by a replay of every event changes no entry (inbox %s)', async (inbox) => {
    const { bill, said } = pair()
    const { patientId } = await history.send([bill, said])
    const changed = itemOf(claim({ total: { value: 1, currency: 'USD' } }), { id: bill.id })
    await history.send([changed], patientId)
    const stateOf = async () =>
      (
        await service.adminPool.query<{ row: string }>(
          `select to_jsonb(b) - 'version' - 'updated_at' - 'document' as row from billing.imported_bill b order by id`,
        )
      ).rows
    const before = [await stateOf(), await history.items(patientId)]
    if (inbox === 'lost') await service.adminPool.query('delete from billing.inbox')
    await service.adminPool.query("update events.group_offset set next_offset = 0 where consumer_group = 'billing'")
    await service.processed()
    expect([await stateOf(), await history.items(patientId)]).toEqual(before)
    expect((await service.adminPool.query('select 1 from billing.parked_event')).rows).toEqual([])
  })
})

describe('what is not valid is set aside and named, and stops nothing', () => {
  const without = (resource: Json, field: string): Json =>
    Object.fromEntries(Object.entries(resource).filter(([name]) => name !== field))
  it.each([
    ['no date', without(claim(), 'created'), '`created`'],
    ['a day that does not exist', claim({ created: '2011-02-30' }), '`created`'],
    ['a date in words', claim({ billablePeriod: { start: 'last May' } }), '`billablePeriod.start`'],
    ['a preauthorization', claim({ use: 'preauthorization' }), '`use`'],
    ['no status', without(claim(), 'status'), '`status`'],
    ['an amount without currency', claim({ total: { value: 5 } }), '`total.currency`'],
    ['an amount as text', claim({ total: { value: '5', currency: 'USD' } }), '`total.value`'],
    ['an amount beyond all bounds', claim({ total: { value: 1e20, currency: 'USD' } }), 'larger'],
    ['a line without what was done', claim({ item: [{ sequence: 1 }] }), '`item[0].productOrService`'],
    ['a total that is no list', explanation(null, { total: { value: 5, currency: 'USD' } }), '`total`'],
  ])('%s', async (_, resource, named) => {
    const good = itemOf(claim())
    const { patientId, results } = await history.send([itemOf(resource), good])
    expect(outcomes(results)).toEqual(['invalid-resource', 'created'])
    expect(results[0]?.detail).toContain(named)
    expect(results[0]?.detail).not.toMatch(/last May|preauthorization`|1e20/)
    expect(await history.items(patientId)).toMatchObject([{ id: good.id }])
  })

  it('what is not JSON, what is sent twice, what is of another patient', async () => {
    const good = itemOf(claim())
    const { patientId, results } = await history.send([itemOf(claim(), { resource: '{"' }), good, good])
    expect(outcomes(results)).toEqual(['invalid-resource', 'created', 'duplicate'])
    const other = newPatient()
    expect(outcomes((await history.send([good], other)).results)).toEqual(['wrong-patient'])
    expect(await history.items(other)).toEqual([])
    expect(await history.items(patientId)).toHaveLength(1)
  })
})

describe('GET /v1/patients/{patientId}/billing-history', () => {
  it('goes page by page, latest first, partial dates and equal times included', async () => {
    const dates = ['2011', '2011-01', '2011-01-01T00:00:00Z', '2012-02-29', '1999-12-31', '2011-01-01', '2010-06']
    const bills = dates.map((created) => itemOf(claim({ created, billablePeriod: undefined })))
    const { patientId } = await history.send(bills)
    const items = await history.items(patientId)
    expect(items).toHaveLength(bills.length)
    expect(new Set(items.map(({ id }) => id))).toEqual(new Set(bills.map(({ id }) => id)))
    const shown = items.map(({ date }) => String(date))
    expect([shown[0], shown.at(-2), shown.at(-1)]).toEqual(['2012-02-29', '2010-06', '1999-12-31'])
    expect(shown.slice(1, 5).toSorted()).toEqual(['2011', '2011-01', '2011-01-01', '2011-01-01'])
    const { body } = await history.read(patientId, { limit: 7 })
    expect(body.next).toBeNull()
  })

  it('is for the patient, billing and the desk', async () => {
    const { patientId } = await history.send([itemOf(claim())])
    const own = service.issueToken({ patientId })
    expect((await history.read(patientId, {}, own)).body.items).toHaveLength(1)
    expect((await history.read('me', {}, own)).body.items).toHaveLength(1)
    expect((await history.read(patientId, {}, service.issueToken({ roles: ['front-desk'] }))).status).toBe(200)
    for (const role of ['clinician', 'auditor', 'admin'] as const) {
      expect((await history.read(patientId, {}, service.issueToken({ roles: [role] }))).status).toBe(404)
    }
    expect((await history.read(patientId, {}, service.issueToken({ patientId: randomUUID() }))).status).toBe(404)
    expect((await history.read(patientId, {}, '')).status).toBe(401)
  })

  it.each(['nonsense', Buffer.from('{"t":"now","i":"x"}').toString('base64url')])(
    'refuses the cursor %s',
    async (cursor) => {
      const answer = await history.read(newPatient(), { cursor })
      expect(answer).toMatchObject({ status: 400, body: { fields: [{ field: 'query.cursor' }] } })
    },
  )
})

it('nothing of a bill lies in the clear', async () => {
  const secret = { coding: [{ system: 'http://snomed.info/sct', code: '86849004', display: 'Suicidal poisoning' }] }
  const bill = itemOf(claim({ item: [{ productOrService: secret }], total: { value: 77123.45, currency: 'USD' } }))
  await history.send([bill])
  const { rows } = await service.adminPool.query<{ row: string }>(
    'select b::text as row from billing.imported_bill b where id = $1',
    [bill.id],
  )
  const stored = rows.map(({ row }) => row).join('')
  expect(stored).toContain('synthea')
  const bytes = Buffer.from(/\\x([0-9a-f]+)/.exec(stored)?.[1] ?? '', 'hex')
  expect(bytes.length).toBeGreaterThan(100)
  for (const word of ['86849004', 'Suicidal', '77123', 'LAHEY']) {
    expect(stored).not.toContain(word)
    expect(bytes.includes(word)).toBe(false)
  }
})
