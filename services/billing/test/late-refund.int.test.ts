import { randomUUID } from 'node:crypto'
import { one } from '@wellgate/shared/db/query'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { refundById } from '../src/payments/refund-sql.ts'
import { settleRefund } from '../src/payments/settle-refund.ts'
import { openTill, type Till } from './payment-support.ts'

let till: Till
beforeAll(async () => {
  till = await openTill()
})
afterAll(() => till?.stop())

it('a refund held for failed that was made after all is booked, once', async () => {
  const ana = await till.patient()
  const invoiceId = await till.invoice(ana, 1000)
  const { body: payment } = await till.pay(ana, invoiceId)
  till.sandbox.mishaps('cut-before', 'cut-before')
  const { body } = await till.call('billing.refund', {
    token: till.biller,
    params: { paymentId: payment.id as string },
    headers: { 'idempotency-key': randomUUID() },
    body: { amount: 400, currency: 'USD', reason: 'by mistake' },
  })
  const refund = await one(till.deps.pool, refundById, [body.id])
  await settleRefund(till.deps, refund, { refused: 'never-received' })
  const processorId = 're_late'
  const made = { processorId, refundId: refund.id, amount: 400, currency: 'USD', failureCode: null }
  for (let turn = 0; turn < 2; turn++) await settleRefund(till.deps, refund, { ...made, status: 'succeeded' })
  const params = { paymentId: payment.id as string }
  const shown = await till.call('billing.get-payment', { token: ana.token, params })
  expect(shown.body.refunded.amount).toBe(400)
  const balance = await till.call('billing.get-balance', { token: ana.token, params: { patientId: ana.patientId } })
  expect(balance.body.balance.amount).toBe(400)
})
