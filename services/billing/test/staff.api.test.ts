import { randomUUID } from 'node:crypto'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { day, key, type Office, startOffice, usd } from './support.ts'

let office: Office
beforeAll(async () => {
  office = await startOffice({ WELLGATE_WRITE_OFF_LIMIT: '5000' })
})
afterEach(async () => {
  expect(await office.faults()).toEqual([])
})
afterAll(() => office?.service.stop())

const adjust = (invoiceId: string, over: object = {}, token = office.biller, headers = key()) =>
  office.call('billing.adjust-invoice', {
    token,
    headers,
    params: { invoiceId },
    body: { kind: 'adjustment', amount: 1_000, currency: 'USD', reason: 'Courtesy', ...over },
  })
const insurerPays = (invoiceId: string, amount: number, over: object = {}) =>
  office.call('billing.insurer-payment', {
    token: office.biller,
    headers: key(),
    params: { invoiceId },
    body: { amount, currency: 'USD', reference: 'ERA 4711', ...over },
  })
const reverse = (entryId: string, token = office.biller) =>
  office.call('billing.reverse-entry', { token, params: { entryId }, body: { reason: 'A mistake' } })
const read = async (invoiceId: string) =>
  (await office.must('billing.get-invoice', { token: office.biller, params: { invoiceId } })).body
const insured = async () => {
  const person = await office.patient()
  await office.insure(person.patientId, { kind: 'copay', copay: 4_000 })
  return office.invoice(person.patientId, 'VISIT-30')
}

describe('an adjustment', () => {
  it('makes the patient’s share less, with lines that say so and a reason that nobody reads in the table', async () => {
    const { id } = await office.invoice((await office.patient()).patientId, 'VISIT-30')
    const { status, body } = await adjust(id, { kind: 'write-off' })
    expect(status).toBe(201)
    expect(body).toMatchObject({ kind: 'write-off', invoiceId: id, bookedOn: day(), reverses: null, currency: 'USD' })
    expect(body.lines).toEqual([
      { account: 'write-offs', amount: 1_000 },
      { account: 'patient-receivable', amount: -1_000 },
    ])
    expect(await read(id)).toMatchObject({ adjusted: usd(1_000), outstanding: usd(11_000), status: 'open' })
    const stored = await office.service.adminPool.query(
      'select reason_sealed from billing.journal_entry where id = $1',
      [body.id],
    )
    expect(stored.rows[0].reason_sealed.includes('Courtesy')).toBe(false)
  })

  it('is a biller’s up to a limit for each invoice, and an admin’s above', async () => {
    const { id } = await office.invoice((await office.patient()).patientId, 'VISIT-30')
    const above = await adjust(id, { amount: 5_001 })
    expect([above.status, above.body.code]).toEqual([403, 'above-limit'])
    expect((await adjust(randomUUID())).status).toBe(404)
    expect((await adjust(id, { amount: 4_000 })).status).toBe(201)
    expect((await adjust(id, { amount: 1_001 })).body.code).toBe('above-limit')
    expect((await adjust(id, { amount: 8_000 }, office.admin)).status).toBe(201)
    expect(await read(id)).toMatchObject({ outstanding: usd(0), status: 'paid' })
  })

  it('is never more than is left, by twins at once either', async () => {
    const { id } = await office.invoice((await office.patient()).patientId, 'VISIT-30')
    const { status, body } = await adjust(id, { amount: 12_001 }, office.admin)
    expect([status, body.code, body.fields]).toEqual([
      422,
      'above-balance',
      [{ field: 'body.amount', expected: 'at most 12000' }],
    ])
    const twins = await Promise.all(Array.from({ length: 5 }, () => adjust(id, { amount: 5_000 }, office.admin)))
    expect(twins.map((twin) => twin.status).toSorted((a, b) => a - b)).toEqual([201, 201, 422, 422, 422])
    expect(await read(id)).toMatchObject({ outstanding: usd(2_000) })
  })

  it('happens once a key, and a key is of one invoice', async () => {
    const { patientId } = await office.patient()
    const [one, other] = [await office.invoice(patientId, 'VISIT-30'), await office.invoice(patientId, 'VISIT-30')]
    const headers = key()
    const first = await adjust(one.id, {}, office.biller, headers)
    expect((await adjust(one.id, {}, office.biller, headers)).status).toBe(201)
    expect((await read(one.id)).adjusted).toEqual(usd(1_000))
    expect(first.status).toBe(201)
    const reader = office.service.issueToken({ roles: ['biller'] })
    const own = key()
    await adjust(one.id, {}, reader, own)
    const reused = await adjust(other.id, {}, reader, own)
    expect([reused.status, reused.body.code]).toEqual([422, 'idempotency-key-reused'])
  })

  it('may be of the insurer’s share', async () => {
    const { id } = await insured()
    expect((await adjust(id, { share: 'insurer', amount: 8_001 }, office.admin)).body.code).toBe('above-balance')
    expect((await adjust(id, { share: 'insurer', amount: 8_000 }, office.admin)).status).toBe(201)
    expect(await read(id)).toMatchObject({ insurerAdjusted: usd(8_000), outstanding: usd(4_000) })
  })
})

describe('the insurer', () => {
  it('pays its share and no more', async () => {
    const { id } = await insured()
    const paid = await insurerPays(id, 5_000)
    expect(paid.body.lines).toEqual([
      { account: 'cash', amount: 5_000 },
      { account: 'insurer-receivable', amount: -5_000 },
    ])
    const twins = await Promise.all([insurerPays(id, 2_000), insurerPays(id, 2_000)])
    expect(twins.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([201, 422])
    expect(await read(id)).toMatchObject({ insurerPaid: usd(7_000), outstanding: usd(4_000) })
    expect((await insurerPays(randomUUID(), 1)).status).toBe(404)
    expect((await insurerPays(id, 1, { currency: 'EUR' })).body.code).toBe('wrong-currency')
  })
})

describe('a reversal', () => {
  it('is the opposite of an entry, once, and undoes what it did to the invoice', async () => {
    const { id } = await insured()
    for (const entry of [await adjust(id), await adjust(id, { share: 'insurer' }), await insurerPays(id, 3_000)]) {
      const twins = await Promise.all([reverse(entry.body.id), reverse(entry.body.id)])
      expect(twins.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([201, 409])
      const done = twins.find(({ status }) => status === 201)?.body
      expect(twins.find(({ status }) => status === 409)?.body.code).toBe('already-reversed')
      expect(done).toMatchObject({ kind: 'reversal', reverses: entry.body.id, invoiceId: id })
      expect(done.lines).toEqual(
        entry.body.lines.map(({ account, amount }: { account: string; amount: number }) => ({
          account,
          amount: -amount,
        })),
      )
      expect((await reverse(done.id)).body).toMatchObject({
        code: 'not-reversible',
        fields: [{ field: 'params.entryId' }],
      })
    }
    expect(await read(id)).toMatchObject({
      adjusted: usd(0),
      insurerAdjusted: usd(0),
      insurerPaid: usd(0),
      outstanding: usd(4_000),
    })
  })

  it('of a charge takes its invoice back, while nothing was paid of it', async () => {
    const { patientId } = await office.patient()
    const invoice = await office.invoice(patientId, 'VISIT-30')
    const { rows } = await office.service.adminPool.query(
      'select id from billing.journal_entry where invoice_id = $1',
      [invoice.id],
    )
    const entryId = rows[0].id
    const forgiven = await adjust(invoice.id)
    expect((await reverse(entryId)).body.code).toBe('has-payments')
    await reverse(forgiven.body.id)
    expect((await reverse(entryId)).status).toBe(201)
    expect(await read(invoice.id)).toMatchObject({ status: 'void', outstanding: usd(0) })
    expect((await adjust(invoice.id)).body.code).toBe('invoice-void')
    expect((await insurerPays(invoice.id, 1)).body.code).toBe('invoice-void')
    const charges = await office.must('billing.list-charges', { token: office.biller, query: { patientId } })
    expect(charges.body.items[0].status).toBe('void')
    expect((await reverse(randomUUID())).status).toBe(404)
  })
})

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
