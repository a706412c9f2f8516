import { randomUUID } from 'node:crypto'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { DAY, day, key, usd, type Office, startOffice } from './support.ts'

let office: Office
beforeAll(async () => {
  office = await startOffice()
})
afterEach(async () => {
  office.clock.aheadMs = 0
  expect(await office.faults()).toEqual([])
})
afterAll(() => office?.service.stop())

describe('a charge by hand', () => {
  const add = (body: object, headers = key()) =>
    office.call('billing.add-charge', { token: office.biller, body, headers })

  it('is made once a key', async () => {
    const { patientId } = await office.patient()
    const body = { patientId, code: 'VISIT-30', servicedOn: day(), quantity: 3 }
    const headers = key()
    // An id means the same in capitals.
    const first = await add({ ...body, patientId: patientId.toUpperCase() }, headers)
    expect(first.status).toBe(201)
    expect(first.body).toMatchObject({ patientId, quantity: 3, amount: usd(36_000), status: 'invoiced' })
    expect((await add(body, headers)).body).toEqual(first.body)
    expect((await add({ ...body, quantity: 4 }, headers)).body.code).toBe('idempotency-key-reused')
    const again = key()
    const twins = await Promise.all([1, 2, 3, 4].map(() => add({ ...body, servicedOn: day(-1) }, again)))
    for (const { status, body: said } of twins)
      expect(status === 201 || said.code === 'idempotency-in-progress', said.code).toBe(true)
    expect(new Set(twins.filter(({ status }) => status === 201).map((twin) => twin.body.id)).size).toBe(1)
    const list = await office.must('billing.list-charges', { token: office.biller, query: { patientId } })
    expect(list.body.items.map((each: { servicedOn: string }) => each.servicedOn)).toEqual([day(-1), day()])
    expect(list.body.items[1]).toEqual(first.body)
  })

  it('is refused for who there is not, a day to come, a code without a price, an amount beyond all', async () => {
    const { patientId } = await office.patient()
    await office.price('HUGE', 1_000_000_000_000)
    const good = { patientId, code: 'VISIT-30', servicedOn: day() }
    const refused = async (over: object) => {
      const { code, fields } = (await add({ ...good, ...over })).body
      return [code, fields?.[0]?.field]
    }
    expect(await refused({ patientId: randomUUID() })).toEqual(['unknown-patient', 'body.patientId'])
    expect(await refused({ servicedOn: day(1) })).toEqual(['not-yet', 'body.servicedOn'])
    expect(await refused({ code: 'NOTHING' })).toEqual(['not-priced', 'body.code'])
    expect(await refused({ servicedOn: '2019-12-31' })).toEqual(['not-priced', 'body.code'])
    expect(await refused({ code: 'HUGE', quantity: 2 })).toEqual(['amount-too-large', 'body.quantity'])
  })

  it('is listed by patient, status and days', async () => {
    const { patientId } = await office.patient()
    for (const servicedOn of ['2025-01-01', '2025-02-01', '2025-03-01'])
      await add({ patientId, code: 'VISIT-30', servicedOn })
    const found = async (query: Record<string, string | number>) =>
      (await office.must('billing.list-charges', { token: office.biller, query: { patientId, ...query } })).body
    expect((await found({ from: '2025-01-02', to: '2025-02-01' })).items).toHaveLength(1)
    expect((await found({ status: 'void' })).items).toEqual([])
    const first = await found({ limit: 2 })
    expect(first.items).toHaveLength(2)
    expect((await found({ limit: 2, cursor: first.next })).items).toHaveLength(1)
    const reversed = { token: office.biller, query: { from: '2025-02-01', to: '2025-01-01' } }
    expect(await office.call('billing.list-charges', reversed)).toMatchObject({
      status: 400,
      body: { fields: [{ field: 'query.from', expected: 'not after `to`' }] },
    })
  })

  it('leaves in the audit trail whose charges a list of all patients has shown', async () => {
    const patients = [(await office.patient()).patientId, (await office.patient()).patientId]
    for (const patientId of patients) await add({ patientId, code: 'VISIT-30', servicedOn: '2025-06-01' })
    const query = { from: '2025-06-01', to: '2025-06-01' }
    await office.must('billing.list-charges', { token: office.biller, query })
    const { rows } = await office.service.pool.query<{ ids: string[] }>(
      `select detail -> 'patientIds' as ids from audit_entry where route = '/v1/admin/charges' and action = 'search'
       order by id desc limit 1`,
    )
    expect(rows[0]?.ids.toSorted()).toEqual(patients.toSorted())
  })
})

describe('the charge master', () => {
  it('keeps every price with its day', async () => {
    await office.price('AAA', 100, '2024-01-01')
    await office.price('AAA', 200, '2025-01-01')
    await office.price('AAA', 150, '2024-01-01')
    const first = await office.must('billing.list-prices', { token: office.biller, query: { limit: 1 } })
    expect(first.body.items).toEqual([
      { code: 'AAA', description: 'Service AAA', amount: 150, currency: 'USD', validFrom: '2024-01-01' },
    ])
    const query = { limit: 1, cursor: first.body.next }
    const second = await office.must('billing.list-prices', { token: office.biller, query })
    expect(second.body.items).toEqual([expect.objectContaining({ amount: 200, validFrom: '2025-01-01' })])
  })

  it('is in one currency', async () => {
    const body = { description: 'X', amount: 1, currency: 'EUR', validFrom: day() }
    const answer = await office.call('billing.put-price', { token: office.biller, params: { code: 'EUR' }, body })
    expect([answer.status, answer.body.fields]).toEqual([422, [{ field: 'body.currency', expected: 'USD' }]])
  })
})

describe('insurance', () => {
  it('is put by the desk, read by the patient, kept in versions, and sealed', async () => {
    const { patientId, token } = await office.patient()
    const mine = { token, params: { patientId: 'me' } }
    expect((await office.call('billing.get-coverage', mine)).status).toBe(404)
    await office.insure(patientId, { kind: 'copay', copay: 2_000 })
    const twins = [10, 20].map((patientPercent) => office.insure(patientId, { kind: 'percentage', patientPercent }))
    await Promise.all(twins)
    const { body } = await office.call('billing.get-coverage', mine)
    expect(body).toMatchObject({ patientId, payerName: 'Blue Shield', kind: 'percentage', copay: null, version: 3 })
    const history = await office.service.adminPool.query(
      'select version, document from billing.coverage_history where patient_id = $1 order by version',
      [patientId],
    )
    expect(history.rows.map(({ version }) => version)).toEqual([1, 2])
    expect(history.rows.some(({ document }) => document.includes('Blue'))).toBe(false)
  })

  it('of a time to come does not take away what is in force until then; what was ended stays ended', async () => {
    const { patientId, token } = await office.patient()
    const visitTypeId = await office.visitType('VISIT-30')
    await office.insure(patientId, { kind: 'copay', copay: 2_000, validFrom: '2025-01-01' })
    await office.insure(patientId, { kind: 'percentage', patientPercent: 50, validFrom: day(10) })
    const shareOf = async (servicedOn: string) => {
      const body = { patientId, code: 'VISIT-30', servicedOn }
      const charge = await office.must('billing.add-charge', { token: office.biller, body, headers: key() })
      const params = { invoiceId: charge.body.invoiceId as string }
      return (await office.must('billing.get-invoice', { token, params })).body.patientShare.amount as number
    }
    const estimated = async () =>
      (await office.must('billing.estimate', { token, query: { visitTypeId } })).body.patientShare.amount as number
    expect([await shareOf('2024-12-31'), await shareOf(day()), await estimated()]).toEqual([12_000, 2_000, 2_000])
    // A visit that waited for its price until after the change of insurance.
    await office.visit(patientId, 'WAITS', { start: `${day()}T09:00:00Z` })
    office.clock.aheadMs = 12 * DAY
    await office.price('WAITS', 10_000)
    const listed = await office.must('billing.list-invoices', { token, params: { patientId: 'me' } })
    expect(listed.body.items[0]).toMatchObject({ total: usd(10_000), patientShare: usd(2_000) })
    expect([await shareOf(day(9)), await shareOf(day(10)), await estimated()]).toEqual([2_000, 6_000, 6_000])
    await office.insure(patientId, {
      kind: 'percentage',
      patientPercent: 50,
      validFrom: '2025-01-01',
      validTo: day(11),
    })
    expect([await shareOf(day()), await shareOf(day(12)), await estimated()]).toEqual([6_000, 12_000, 12_000])
  })

  it('is refused for who there is not, and where its days are reversed', async () => {
    const body = {
      payerName: 'A',
      memberId: 'B',
      kind: 'copay',
      copay: 1,
      validFrom: '2026-02-01',
      validTo: '2026-01-01',
    }
    const params = { patientId: randomUUID() }
    const put = (over: object) =>
      office.call('billing.put-coverage', { token: office.desk, params, body: { ...body, ...over } })
    expect((await put({})).body.fields).toEqual([{ field: 'body.validFrom', expected: 'not after `validTo`' }])
    expect((await put({ validTo: null })).body).toMatchObject({
      code: 'unknown-patient',
      fields: [{ field: 'params.patientId' }],
    })
  })
})
