import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { DAY, day, key, type Office, startOffice, usd } from './support.ts'

let office: Office
beforeAll(async () => {
  office = await startOffice({ WELLGATE_WRITE_OFF_LIMIT: '100000' })
})
afterAll(() => office?.service.stop())

const adjust = (invoiceId: string, amount: number) =>
  office.must('billing.adjust-invoice', {
    token: office.biller,
    headers: key(),
    params: { invoiceId },
    body: { kind: 'adjustment', amount, currency: 'USD', reason: 'Courtesy' },
  })
const close = (on: string) => office.call('billing.close-day', { token: office.biller, body: { day: on } })
const receivables = async () => (await office.must('billing.receivables', { token: office.biller })).body
const total = ({ amount }: { amount: { amount: number } }): number => amount.amount

// In order, by one clock that only goes forward: closed days stay closed.
describe('the books', () => {
  it('age what is owed by when it was due', async () => {
    const { patientId } = await office.patient()
    await office.insure(patientId, { kind: 'copay', copay: 2_000 })
    await office.invoice(patientId, 'VISIT-30')
    const at = async (days: number) => {
      office.clock.aheadMs = days * DAY
      const { asOf, buckets, total: all, insurer } = await receivables()
      expect(asOf).toBe(day(days))
      expect([all, insurer]).toEqual([usd(2_000), usd(10_000)])
      return buckets.map((bucket: { amount: { amount: number } }) => total(bucket))
    }
    expect(await at(30)).toEqual([2_000, 0, 0, 0, 0])
    expect(await at(31)).toEqual([0, 2_000, 0, 0, 0])
    expect(await at(60)).toEqual([0, 2_000, 0, 0, 0])
    expect(await at(61)).toEqual([0, 0, 2_000, 0, 0])
    expect(await at(91)).toEqual([0, 0, 0, 2_000, 0])
    expect(await at(121)).toEqual([0, 0, 0, 0, 2_000])
    office.clock.aheadMs = 0
  })

  it('make a statement of every month', async () => {
    const { patientId, token } = await office.patient()
    const invoice = await office.invoice(patientId, 'VISIT-30')
    office.clock.aheadMs = 40 * DAY
    const adjusted = await adjust(invoice.id, 2_000)
    await office.must('billing.reverse-entry', {
      token: office.biller,
      params: { entryId: adjusted.body.id },
      body: { reason: 'No' },
    })
    await adjust(invoice.id, 500)
    const query = { limit: 1 }
    const params = { patientId: 'me' }
    const first = await office.must('billing.list-statements', { token, params, query })
    expect(first.body.items).toEqual([
      {
        period: day(40).slice(0, 7),
        opening: usd(12_000),
        charged: usd(0),
        paid: usd(0),
        adjusted: usd(500),
        closing: usd(11_500),
      },
    ])
    const next = { ...query, cursor: first.body.next }
    const second = await office.must('billing.list-statements', { token, params, query: next })
    expect(second.body).toEqual({
      items: [
        {
          period: day().slice(0, 7),
          opening: usd(0),
          charged: usd(12_000),
          paid: usd(0),
          adjusted: usd(0),
          closing: usd(12_000),
        },
      ],
      next: null,
    })
    office.clock.aheadMs = 0
  })

  it('are exported as lines that sum to zero', async () => {
    const { status, headers, body } = await office.call('billing.export-ledger', {
      token: office.biller,
      query: { from: day(), to: day(91) },
    })
    expect([status, headers.get('content-type')]).toEqual([200, 'text/csv'])
    const trail = "select detail from audit_entry where route = '/v1/admin/ledger.csv'"
    expect((await office.service.pool.query(trail)).rows).toEqual([{ detail: { from: day(), to: day(91) } }])
    const [head, ...lines] = body
      .trimEnd()
      .split('\r\n')
      .map((line: string) => line.split(','))
    expect(head).toEqual(
      'entry_id,booked_on,kind,line,account,patient_id,invoice_id,payment_id,refund_id,reverses,amount,currency'.split(
        ',',
      ),
    )
    const { rows } = await office.service.adminPool.query('select count(*)::int as lines from billing.journal_line')
    expect(lines).toHaveLength(rows[0].lines)
    expect(lines.reduce((sum: number, line: string[]) => sum + Number(line[10]), 0)).toBe(0)
    const refused = async (from: string, to: string) =>
      (await office.call('billing.export-ledger', { token: office.biller, query: { from, to } })).body
    expect(await refused(day(1), day())).toMatchObject({
      code: 'invalid-request',
      fields: [{ field: 'query.from', expected: 'not after `to`' }],
    })
    expect(await refused(day(), day(92))).toMatchObject({
      code: 'range-too-long',
      fields: [{ field: 'query.to', expected: `before ${day(92)}` }],
    })
  })

  it('close a day that is over, once, with debits that equal credits', async () => {
    expect((await close(day())).body.code).toBe('day-not-over')
    expect((await close('9999-12-31')).body.code).toBe('day-not-over')
    office.clock.aheadMs = DAY
    const twins = await Promise.all([close(day()), close(day()), close(day())])
    expect(twins.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([201, 409, 409])
    const { body } = twins.find(({ status }) => status === 201) ?? { body: undefined }
    expect(body.entries).toBeGreaterThan(0)
    expect(body.debits).toEqual(body.credits)
    expect(body.debits.amount).toBeGreaterThan(0)
    expect((await close(day(-1))).body.code).toBe('day-closed')
    const listed = await office.must('billing.list-day-closes', { token: office.biller })
    expect(listed.body).toEqual({ items: [body], next: null })
  })

  it('take nothing more into a day that is closed', async () => {
    // The clock of a process that is a day behind.
    office.clock.aheadMs = 0
    const { patientId } = await office.patient()
    const late = await office.call('billing.add-charge', {
      token: office.biller,
      headers: { 'idempotency-key': randomUUID() },
      body: { patientId, code: 'VISIT-30', servicedOn: day() },
    })
    expect([late.status, late.body.code]).toEqual([409, 'day-closed'])
    office.clock.aheadMs = DAY
    await office.invoice(patientId, 'VISIT-30')
    office.clock.aheadMs = 2 * DAY
    const next = await close(day(1))
    expect(next.body).toMatchObject({ entries: 1, debits: usd(12_000), credits: usd(12_000) })
    const query = { limit: 1 }
    const first = await office.must('billing.list-day-closes', { token: office.biller, query })
    expect(first.body.items).toEqual([next.body])
    const rest = await office.must('billing.list-day-closes', {
      token: office.biller,
      query: { ...query, cursor: first.body.next },
    })
    expect(rest.body.items.map((each: { day: string }) => each.day)).toEqual([day()])
  })

  it('are equal to their lines after all this', async () => {
    expect(await office.faults()).toEqual([])
  })
})
