import { randomUUID } from 'node:crypto'
import { invoiceIssued, invoiceOverdue } from '@wellgate/shared/contracts/billing/events'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { tellOverdue } from '../src/invoices/tell-overdue.ts'
import { DAY, day, key, type Office, startOffice, usd } from './support.ts'

let office: Office
beforeAll(async () => {
  office = await startOffice()
})
afterEach(async () => {
  office.clock.aheadMs = 0
  expect(await office.faults()).toEqual([])
})
afterAll(() => office?.service.stop())

const invoicesOf = async (patientId: string) =>
  (await office.must('billing.list-invoices', { token: office.desk, params: { patientId } })).body.items

describe('a visit that took place', () => {
  it('is charged and invoiced once, however often it is told', async () => {
    const { patientId, token } = await office.patient()
    const appointmentId = await office.visit(patientId, 'VISIT-30')
    await office.visit(patientId, 'VISIT-30', { appointmentId })
    const { body } = await office.call('billing.list-invoices', { token, params: { patientId: 'me' } })
    expect(body.next).toBeNull()
    expect(body.items).toEqual([
      expect.objectContaining({
        patientId,
        appointmentId,
        status: 'open',
        issuedOn: day(),
        dueOn: day(30),
        total: usd(12_000),
        patientShare: usd(12_000),
        outstanding: usd(12_000),
      }),
    ])
    const read = await office.call('billing.get-invoice', { token, params: { invoiceId: body.items[0].id } })
    expect(read.body.lines).toEqual([
      expect.objectContaining({ code: 'VISIT-30', quantity: 1, unitAmount: 12_000, amount: 12_000, servicedOn: day() }),
    ])
    const told = (await office.service.published(invoiceIssued)).filter(
      ({ payload }) => payload.patientId === patientId,
    )
    expect(told.map(({ payload }) => payload)).toEqual([
      expect.objectContaining({ invoiceId: body.items[0].id, number: body.items[0].number, total: usd(12_000) }),
    ])
    const stored = await office.service.adminPool.query('select document from billing.invoice where id = $1', [
      read.body.id,
    ])
    expect(stored.rows[0].document.includes('VISIT-30')).toBe(false)
  })

  it('waits where its code has no price, and is invoiced by the price that is put', async () => {
    const { patientId } = await office.patient()
    const code = `NEW-${randomUUID().slice(0, 8)}`
    await office.visit(patientId, code)
    expect(await invoicesOf(patientId)).toEqual([])
    const query = { patientId, status: 'unpriced' }
    const waiting = await office.call('billing.list-charges', { token: office.biller, query })
    expect(waiting.body.items).toEqual([expect.objectContaining({ code, status: 'unpriced', amount: null })])
    await office.price(code, 7_700, day(1))
    expect(await invoicesOf(patientId)).toEqual([])
    await Promise.all([office.price(code, 7_700), office.price(code, 7_700)])
    expect(await invoicesOf(patientId)).toEqual([expect.objectContaining({ total: usd(7_700) })])
    const charges = await office.call('billing.list-charges', { token: office.biller, query: { patientId } })
    expect(charges.body.items).toEqual([
      expect.objectContaining({ status: 'invoiced', amount: usd(7_700), description: `Service ${code}` }),
    ])
  })

  it('is priced by the day it took place', async () => {
    const { patientId } = await office.patient()
    const code = `DATED-${randomUUID().slice(0, 8)}`
    await office.price(code, 1_000, '2024-01-01')
    await office.price(code, 2_000, '2025-06-01')
    await office.visit(patientId, code, { start: '2025-05-31T23:59:00Z' })
    await office.visit(patientId, code, { start: '2025-06-01T00:00:00Z' })
    expect((await invoicesOf(patientId)).map(({ total }: { total: object }) => total)).toEqual([usd(2_000), usd(1_000)])
  })

  it('is shared with the insurer by the insurance in force', async () => {
    const [copay, percentage, over] = [await office.patient(), await office.patient(), await office.patient()]
    await office.insure(copay.patientId, { kind: 'copay', copay: 2_500 })
    await office.insure(percentage.patientId, { kind: 'percentage', patientPercent: 33 })
    await office.insure(over.patientId, { kind: 'copay', copay: 0, validTo: '2020-12-31' })
    for (const { patientId } of [copay, percentage, over]) await office.visit(patientId, 'VISIT-30')
    const shares = async (who: { patientId: string; token: string }) =>
      (await office.must('billing.get-balance', { token: who.token, params: { patientId: 'me' } })).body
    expect(await shares(copay)).toEqual({ balance: usd(2_500), insurer: usd(9_500), overdue: usd(0) })
    expect(await shares(percentage)).toEqual({ balance: usd(3_960), insurer: usd(8_040), overdue: usd(0) })
    expect(await shares(over)).toEqual({ balance: usd(12_000), insurer: usd(0), overdue: usd(0) })
  })
})

describe('an invoice', () => {
  it('is the patient’s and the office’s: not another’s, not what there is not', async () => {
    const [owner, other] = [await office.patient(), await office.patient()]
    const { id } = await office.invoice(owner.patientId, 'VISIT-30')
    const clinician = office.service.issueToken({ roles: ['clinician'] })
    for (const route of ['billing.get-invoice', 'billing.get-invoice-pdf'] as const) {
      for (const token of [owner.token, office.biller, office.desk])
        expect((await office.call(route, { token, params: { invoiceId: id } })).status).toBe(200)
      for (const token of [other.token, clinician])
        expect((await office.call(route, { token, params: { invoiceId: id } })).status).toBe(404)
      const none = { token: office.biller, params: { invoiceId: randomUUID() } }
      expect((await office.call(route, none)).status).toBe(404)
    }
  })

  it('that was kept from another is in the audit trail of whose it is, as denied', async () => {
    const [owner, other] = [await office.patient(), await office.patient()]
    const { id } = await office.invoice(owner.patientId, 'VISIT-30')
    const { body } = await office.call('billing.get-invoice', { token: other.token, params: { invoiceId: id } })
    const { rows } = await office.service.pool.query(
      'select patient_id, decision, status from audit_entry where request_id = $1',
      [body.requestId],
    )
    expect(rows).toEqual([{ patient_id: owner.patientId, decision: 'deny', status: 404 }])
    expect(JSON.stringify(body)).not.toContain(owner.patientId)
  })

  it('comes on paper', async () => {
    const { patientId, token } = await office.patient()
    const { id, number } = await office.invoice(patientId, 'VISIT-30')
    const { headers, body } = await office.call('billing.get-invoice-pdf', { token, params: { invoiceId: id } })
    expect(headers.get('content-type')).toBe('application/pdf')
    expect(headers.get('content-disposition')).toBe(`inline; filename="${number}.pdf"`)
    expect(body.subarray(0, 5).toString()).toBe('%PDF-')
    expect(body.length).toBeGreaterThan(1_000)
  })

  it('has a number without gaps, though many are issued at once and some fail', async () => {
    const people = await Promise.all(Array.from({ length: 4 }, () => office.patient()))
    const wanted = Array.from({ length: 24 }, (_, index) => {
      const body = {
        patientId: people[index % 4]?.patientId,
        code: index % 6 === 0 ? 'NO-SUCH-CODE' : 'VISIT-30',
        servicedOn: day(),
        quantity: 1 + (index % 3),
      }
      return office.call('billing.add-charge', { token: office.biller, body, headers: key() })
    })
    const statuses = (await Promise.all(wanted)).map(({ status }) => status)
    expect(statuses.filter((status) => status === 201)).toHaveLength(20)
    expect(statuses.filter((status) => status === 422)).toHaveLength(4)
    // The gaps are looked for after each test.
  })

  it('is listed page by page', async () => {
    const { patientId, token } = await office.patient()
    const numbers = []
    for (let each = 0; each < 5; each++) numbers.unshift((await office.invoice(patientId, 'VISIT-30')).number)
    const seen: string[] = []
    for (let cursor: string | null = ''; cursor !== null;) {
      const query: Record<string, string | number> = { limit: 2, ...(cursor === '' ? {} : { cursor }) }
      const { body } = await office.must('billing.list-invoices', { token, params: { patientId: 'me' }, query })
      seen.push(...body.items.map(({ number }: { number: string }) => number))
      cursor = body.next
    }
    expect(seen).toEqual(numbers)
  })

  it('is overdue after its day, and that is told once', async () => {
    const { patientId, token } = await office.patient()
    const { id } = await office.invoice(patientId, 'VISIT-30')
    const { platform } = office.service.running
    const today = () => new Date(Date.now() + office.clock.aheadMs).toISOString().slice(0, 10)
    const tell = () => tellOverdue({ ...platform, today })
    const ours = async () =>
      (await office.service.published(invoiceOverdue)).filter(({ payload }) => payload.patientId === patientId)
    office.clock.aheadMs = 30 * DAY
    await tell()
    expect(await ours()).toEqual([])
    office.clock.aheadMs = 31 * DAY
    await Promise.all([tell(), tell()])
    expect((await ours()).map(({ payload }) => payload)).toEqual([
      expect.objectContaining({ invoiceId: id, outstanding: usd(12_000) }),
    ])
    const read = await office.must('billing.get-invoice', { token, params: { invoiceId: id } })
    expect(read.body.status).toBe('overdue')
    const balance = await office.must('billing.get-balance', { token, params: { patientId: 'me' } })
    expect(balance.body).toEqual({ balance: usd(12_000), insurer: usd(0), overdue: usd(12_000) })
  })
})
