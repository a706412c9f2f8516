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
