import {
  paymentFailed,
  paymentRefunded,
  paymentRefundReturned,
  paymentSettled,
} from '@wellgate/shared/contracts/billing/events'
import { expect } from 'vitest'
import { until } from './fault-processes.ts'
import { type FaultRun, METHODS } from './fault-run.ts'
import type { FaultStack } from './fault-stack.ts'
import { auditBooks } from './payment-support.ts'

/** Waits until nothing is under way any more, then holds the books, the processor, the events and the answers together. */
export async function auditFaults(stack: FaultStack, payments: number, run: FaultRun): Promise<void> {
  const { admin } = stack
  // What is in doubt is asked about by a job, with back-off.
  await until(120_000, 'nothing is in doubt, and all is told', async () => {
    const { rows } = await admin.query(`select
      (select count(*)::int from billing.payment where status in ('created', 'processing'))
      + (select count(*)::int from billing.refund where status in ('created', 'processing'))
      + (select count(*)::int from billing.outbox) + (select count(*)::int from appointments.outbox) as open`)
    const { plans, undelivered } = stack.processor()
    return rows[0].open + plans.size + undelivered.size === 0
  })
  const store = stack.processor()
  const processor = { intents: () => [...store.intents.values()], refunds: () => [...store.refunds.values()] }
  const books = await auditBooks((text) => admin.query(text), processor)
  expect(books.wrong).toEqual([])
  const tenth = payments / METHODS.length
  expect(books.byStatus).toEqual({ succeeded: 8 * tenth, failed: 2 * tenth })
  expect(books.receipts).toBe(8 * tenth)

  // Every visit was charged once, under numbers without gaps; nothing was set aside.
  const { rows: counts } = await admin.query(`select
    (select count(*)::int from billing.charge where status = 'invoiced') as charges,
    (select count(*)::int from billing.invoice) as invoices, (select max(number)::int from billing.invoice) as last,
    (select count(*)::int from billing.parked_event) as parked`)
  expect(counts).toEqual([{ charges: payments, invoices: payments, last: payments, parked: 0 }])

  const made = processor.intents().map(({ metadata }) => metadata['wellgate_payment'])
  expect(new Set(made).size).toBe(made.length)
  expect(made).toHaveLength(payments)
  const { rows } = await admin.query<{ id: string; invoice_id: string; status: string }>(
    'select id, invoice_id, status from billing.payment',
  )
  expect(rows).toHaveLength(payments)
  for (const { id, invoice_id: invoiceId, status } of rows) {
    const { status: code, body } = run.answers.get(invoiceId) ?? { status: 0, body: undefined }
    // What was said once is still so; `processing` may have ended either way.
    if (code === 422) expect([body.code, status]).toEqual(['payment-declined', 'failed'])
    else expect([body.id, body.status === 'processing' ? status : body.status]).toEqual([id, status])
  }

  const { rows: back } = await admin.query<{ id: string; status: string }>('select id, status from billing.refund')
  expect(back.map(({ id }) => id).toSorted()).toEqual([...run.refunds.keys()].toSorted())
  const ended = (status: string) => back.filter((refund) => refund.status === status).length
  expect([ended('succeeded'), ended('failed')]).toEqual([2 * tenth, tenth])
  expect(processor.refunds()).toHaveLength(back.length)

  const told = async (contract: typeof paymentSettled | typeof paymentFailed) =>
    [
      ...new Map((await stack.published(contract)).map(({ id, payload }) => [id, payload.paymentId])).values(),
    ].toSorted()
  const ofStatus = (wanted: string) => rows.flatMap(({ id, status }) => (status === wanted ? [id] : [])).toSorted()
  expect(await told(paymentSettled)).toEqual(ofStatus('succeeded'))
  expect(await told(paymentFailed)).toEqual(ofStatus('failed'))
  const toldOf = async (contract: typeof paymentRefunded | typeof paymentRefundReturned) =>
    [...new Map((await stack.published(contract)).map(({ id, payload }) => [id, payload.refundId])).values()].toSorted()
  // What had failed before we heard that it went through was never booked: it is neither told of nor taken back.
  const { rows: booked } = await admin.query<{ id: string; reversed: boolean }>(
    `select e.refund_id as id, exists (select from billing.journal_entry r where r.reverses = e.id) as reversed
       from billing.journal_entry e where e.kind = 'refund'`,
  )
  const idsOf = (those: readonly { id: string }[]) => those.map(({ id }) => id).toSorted()
  expect(idsOf(booked.filter(({ reversed }) => !reversed))).toEqual(
    idsOf(back.filter(({ status }) => status === 'succeeded')),
  )
  expect(await toldOf(paymentRefunded)).toEqual(idsOf(booked))
  expect(await toldOf(paymentRefundReturned)).toEqual(idsOf(booked.filter(({ reversed }) => reversed)))
}
