import { randomUUID } from 'node:crypto'
import { paymentRefundReturned } from '@wellgate/shared/contracts/billing/events'
import { one } from '@wellgate/shared/db/query'
import { afterAll, afterEach, beforeAll, expect, it, vi } from 'vitest'
import { refundById } from '../src/payments/refund-sql.ts'
import { settleRefund } from '../src/payments/settle-refund.ts'
import { auditBooks, eventAbout, openTill, type Patient, type Till } from './payment-support.ts'

let till: Till
beforeAll(async () => {
  till = await openTill()
})
afterAll(() => till?.stop())
afterEach(async () => {
  const query = (text: string) => till.service.adminPool.query(text)
  expect((await auditBooks(query, till.sandbox)).wrong).toEqual([])
})

/** A payment whose refunds succeed and come back a moment later, as a closed account at the payer's bank makes them. */
async function paid(): Promise<{ ana: Patient; invoiceId: string; paymentId: string }> {
  const ana = await till.patient()
  const invoiceId = await till.invoice(ana, 1000)
  const { body } = await till.pay(ana, invoiceId, { paymentMethod: 'pm_card_refundFail' })
  return { ana, invoiceId, paymentId: body.id as string }
}

async function refund(paymentId: string, amount: number): Promise<string> {
  const answer = await till.call('billing.refund', {
    token: till.biller,
    params: { paymentId },
    headers: { 'idempotency-key': randomUUID() },
    body: { amount, currency: 'USD', reason: 'by mistake' },
  })
  expect(answer).toMatchObject({ status: 201, body: { status: 'succeeded' } })
  return answer.body.id as string
}

/** The processor says that it came back: often, at once and later. */
async function returned(refundId: string): Promise<void> {
  const there = () => till.sandbox.refunds().find(({ metadata }) => metadata['wellgate_refund'] === refundId)
  await vi.waitFor(() => expect(there()?.status).toBe('failed'))
  const event = eventAbout(till.sandbox, refundId, 'refund.failed')
  const older = JSON.stringify({ ...JSON.parse(event), id: `evt_${randomUUID()}`, type: 'charge.refund.updated' })
  const answers = await Promise.all([event, older, event, older].map((body) => till.tell(body)))
  expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200])
  expect((await till.tell(event)).status).toBe(200)
}

const show = async ({ ana, invoiceId, paymentId }: Awaited<ReturnType<typeof paid>>) => {
  const { body: payment } = await till.call('billing.get-payment', { token: ana.token, params: { paymentId } })
  const { body: invoice } = await till.call('billing.get-invoice', { token: ana.token, params: { invoiceId } })
  const { body: balance } = await till.call('billing.get-balance', { token: ana.token, params: { patientId: 'me' } })
  const { rows } = await till.service.adminPool.query(
    `select coalesce(-sum(l.amount), 0)::int as n from billing.journal_line l join billing.journal_entry e on e.id = l.entry_id
       join billing.account a on a.id = l.account_id where e.payment_id = $1 and a.kind = 'refunds-payable'`,
    [paymentId],
  )
  return {
    refunded: payment.refunded.amount as number,
    outstanding: invoice.outstanding.amount as number,
    balance: balance.balance.amount as number,
    owedToPayer: rows[0].n as number,
  }
}

it('a refund that comes back is reversed in the books, once, and told', async () => {
  const back = await paid()
  const refundId = await refund(back.paymentId, 400)
  expect(await show(back)).toEqual({ refunded: 400, outstanding: 400, balance: 400, owedToPayer: 0 })
  await returned(refundId)
  expect(await show(back)).toEqual({ refunded: 0, outstanding: 0, balance: 0, owedToPayer: 0 })
  const { rows } = await till.service.adminPool.query(
    `select e.kind, o.kind as reverses from billing.journal_entry e left join billing.journal_entry o on o.id = e.reverses
      where e.payment_id = $1 order by e.created_at`,
    [back.paymentId],
  )
  expect(rows).toEqual([
    { kind: 'payment', reverses: null },
    { kind: 'refund', reverses: null },
    { kind: 'reversal', reverses: 'refund' },
  ])
  const told = (await till.service.published(paymentRefundReturned)).filter(
    ({ payload }) => payload.refundId === refundId,
  )
  expect(told.map(({ payload }) => payload.amount.amount)).toEqual([400])
  // It may be given back in another way.
  await returned(await refund(back.paymentId, 1000))
})

it('what an older answer of the processor says afterwards changes nothing', async () => {
  const once = await paid()
  const refundId = await refund(once.paymentId, 400)
  const before = await one(till.deps.pool, refundById, [refundId])
  await returned(refundId)
  const said = { processorId: before.processor_id ?? '', refundId, amount: 400, currency: 'USD', failureCode: null }
  for (const status of ['processing', 'succeeded'] as const) await settleRefund(till.deps, before, { ...said, status })
  expect(await show(once)).toMatchObject({ refunded: 0, outstanding: 0 })
})

it('what the processor has called failed does not succeed by an answer that was on its way', async () => {
  const lost = await paid()
  till.sandbox.mishaps('cut-after', 'cut-after')
  const answer = await till.call('billing.refund', {
    token: till.biller,
    params: { paymentId: lost.paymentId },
    headers: { 'idempotency-key': randomUUID() },
    body: { amount: 400, currency: 'USD', reason: 'by mistake' },
  })
  expect(answer.body.status).toBe('processing')
  const refundId = answer.body.id as string
  const before = await one(till.deps.pool, refundById, [refundId])
  await returned(refundId)
  const made = till.sandbox.refunds().find(({ metadata }) => metadata['wellgate_refund'] === refundId)
  const said = { processorId: made?.id ?? '', refundId, amount: 400, currency: 'USD', failureCode: null }
  await settleRefund(till.deps, before, { ...said, status: 'succeeded' })
  expect(await show(lost)).toMatchObject({ refunded: 0, outstanding: 0, owedToPayer: 0 })
})

it('is owed to the payer where the invoice has no room any more, and may be given back from there', async () => {
  const full = await paid()
  const first = await refund(full.paymentId, 400)
  expect((await till.pay(full.ana, full.invoiceId, { amount: 300 })).body.status).toBe('succeeded')
  await returned(first)
  expect(await show(full)).toEqual({ refunded: 0, outstanding: 100, balance: 100, owedToPayer: 400 })
  // First what is owed to the payer, then what is in the invoice; and back the same way.
  const both = await refund(full.paymentId, 1000)
  expect(await show(full)).toEqual({ refunded: 1000, outstanding: 700, balance: 700, owedToPayer: 0 })
  await returned(both)
  expect(await show(full)).toEqual({ refunded: 0, outstanding: 100, balance: 100, owedToPayer: 400 })
})

it('is owed to the payer of an invoice that was taken back', async () => {
  const gone = await paid()
  const all = await refund(gone.paymentId, 1000)
  const { rows } = await till.service.adminPool.query(
    `select id from billing.journal_entry where invoice_id = $1 and kind = 'charge'`,
    [gone.invoiceId],
  )
  const taken = await till.call('billing.reverse-entry', {
    token: till.biller,
    params: { entryId: rows[0].id as string },
    body: { reason: 'Not ours' },
  })
  expect(taken.status).toBe(201)
  await returned(all)
  expect(await show(gone)).toEqual({ refunded: 0, outstanding: 0, balance: 0, owedToPayer: 1000 })
})
