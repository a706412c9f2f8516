import { randomUUID } from 'node:crypto'
import { one } from '@wellgate/shared/db/query'
import { afterAll, afterEach, beforeAll, expect, it, vi } from 'vitest'
import { paymentById } from '../src/payments/payment-sql.ts'
import { refundById } from '../src/payments/refund-sql.ts'
import { settlePayment } from '../src/payments/settle-payment.ts'
import { settleRefund } from '../src/payments/settle-refund.ts'
import { auditBooks, breakTable, openTill, type Till } from './payment-support.ts'

let till: Till
beforeAll(async () => {
  till = await openTill()
})
afterAll(() => till?.stop())
afterEach(async () => {
  const query = (text: string) => till.service.adminPool.query(text)
  expect((await auditBooks(query, till.sandbox)).wrong).toEqual([])
})

/** What the job hears that asked before a webhook told of the same. */
const refused = { refused: 'never-received' }

it.each(['processing', 'succeeded'] as const)('a refund that is %s goes its way after a refusal', async (status) => {
  const ana = await till.patient()
  const { body: payment } = await till.pay(ana, await till.invoice(ana, 1000))
  till.sandbox.mishaps('cut-after', 'cut-after')
  const { body } = await till.call('billing.refund', {
    token: till.biller,
    params: { paymentId: payment.id as string },
    headers: { 'idempotency-key': randomUUID() },
    body: { amount: 400, currency: 'USD', reason: 'by mistake' },
  })
  const asked = await one(till.deps.pool, refundById, [body.id])
  expect(asked).toMatchObject({ status: 'created', processor_id: null })
  const processorId = till.sandbox.refunds().find(({ metadata }) => metadata['wellgate_refund'] === asked.id)?.id ?? ''
  const said = { processorId, refundId: asked.id, amount: 400, currency: 'USD', failureCode: null }
  await settleRefund(till.deps, asked, { ...said, status })
  await settleRefund(till.deps, asked, refused)
  expect(await one(till.deps.pool, refundById, [asked.id])).toMatchObject({ status })
  await settleRefund(till.deps, asked, { ...said, status: 'succeeded' })
  const balance = await till.call('billing.get-balance', { token: ana.token, params: { patientId: ana.patientId } })
  expect(balance.body.balance.amount).toBe(400)
})

it('a payment that the processor has keeps its place in the invoice after a refusal', async () => {
  const ana = await till.patient()
  const invoiceId = await till.invoice(ana, 1000)
  till.sandbox.mishaps('cut-after', 'cut-after')
  const { body } = await till.pay(ana, invoiceId)
  const asked = await one(till.deps.pool, paymentById, [body.id])
  const intentId = till.sandbox.intents().find(({ metadata }) => metadata['wellgate_payment'] === asked.id)?.id ?? ''
  const said = { intentId, paymentId: asked.id, amount: 1000, currency: 'USD', failureCode: null }
  await settlePayment(till.deps, asked, { ...said, status: 'processing' })
  await settlePayment(till.deps, asked, refused)
  expect((await till.pay(ana, invoiceId)).body.code).toBe('payment-in-flight')
  await settlePayment(till.deps, asked, { ...said, status: 'succeeded' })
  await settlePayment(till.deps, asked, refused)
  expect(await one(till.deps.pool, paymentById, [asked.id])).toMatchObject({ status: 'succeeded' })
})

it('what is owed to the payer of a payment that came too late is logged once it is booked', async () => {
  const ana = await till.patient()
  const invoiceId = await till.invoice(ana, 1000)
  till.sandbox.mishaps('cut-before', 'cut-before')
  const { body } = await till.pay(ana, invoiceId)
  const { pool, processor, log } = till.deps
  const asked = await one(pool, paymentById, [body.id])
  await settlePayment(till.deps, asked, refused)
  await till.pay(ana, invoiceId)
  const said = await processor.pay({ paymentId: asked.id, amount: 1000, currency: 'USD', method: 'pm_card_visa' })
  const logged = vi.spyOn(log, 'error')
  const mend = await breakTable(till, 'journal_entry', 'at commit')
  await expect(settlePayment(till.deps, asked, said)).rejects.toThrow(/./)
  await mend()
  expect(logged).not.toHaveBeenCalled()
  for (let turn = 0; turn < 2; turn++) await settlePayment(till.deps, asked, said)
  expect(logged.mock.calls.map(([fields]) => fields)).toEqual([{ code: 'payment-surplus' }])
})
