import { randomUUID } from 'node:crypto'
import { paymentRefunded } from '@wellgate/shared/contracts/billing/events'
import { afterAll, afterEach, beforeAll, expect, it, vi } from 'vitest'
import { auditBooks, openTill, type Patient, type Till } from './payment-support.ts'

let till: Till
beforeAll(async () => {
  till = await openTill({ webhooks: true })
})
afterAll(() => till?.stop())
afterEach(async () => {
  const query = (text: string) => till.service.adminPool.query(text)
  await vi.waitFor(async () => expect((await auditBooks(query, till.sandbox)).wrong).toEqual([]), 5_000)
})

const refund = (paymentId: string, body: object = {}, key: string = randomUUID(), token = till.biller) =>
  till.call('billing.refund', {
    token,
    params: { paymentId },
    headers: { 'idempotency-key': key },
    body: { amount: 400, currency: 'USD', reason: 'CANARY-why', ...body },
  })

async function paid(paymentMethod = 'pm_card_visa'): Promise<{ ana: Patient; invoiceId: string; paymentId: string }> {
  const ana = await till.patient()
  const invoiceId = await till.invoice(ana, 1000)
  const { body } = await till.pay(ana, invoiceId, { paymentMethod })
  return { ana, invoiceId, paymentId: body.id as string }
}
const paymentOf = async (paymentId: string) =>
  (await till.call('billing.get-payment', { token: till.biller, params: { paymentId } })).body

it('gives back in parts up to what was paid; it is owed again, and told once each', async () => {
  const { ana, invoiceId, paymentId } = await paid()
  const key = randomUUID()
  const first = await refund(paymentId, {}, key)
  expect(first).toMatchObject({ status: 201, body: { paymentId, status: 'succeeded', reason: 'CANARY-why' } })
  expect((await refund(paymentId, {}, key)).body.id).toBe(first.body.id)
  const above = await refund(paymentId, { amount: 601 })
  expect(above).toMatchObject({ status: 422, body: { code: 'above-payment' } })
  expect(above.body.fields).toEqual([{ field: 'body.amount', expected: 'at most 600' }])
  expect((await refund(paymentId, { amount: 600 })).status).toBe(201)
  expect((await refund(paymentId, { amount: 1 })).body.code).toBe('above-payment')
  expect(await paymentOf(paymentId)).toMatchObject({ status: 'succeeded', refunded: { amount: 1000 } })
  const invoice = await till.call('billing.get-invoice', { token: ana.token, params: { invoiceId } })
  expect(invoice.body.outstanding.amount).toBe(1000)
  const told = (await till.service.published(paymentRefunded)).filter(({ payload }) => payload.paymentId === paymentId)
  expect(told.map(({ payload }) => payload.amount.amount)).toEqual([400, 600])
})

it.each([
  ['pm_card_pendingRefund', 'succeeded', 400],
  ['pm_card_pendingRefundFails', 'failed', 0],
])('that takes time (%s) ends by the webhook as %s', async (method, end, refunded) => {
  const { paymentId } = await paid(method)
  till.sandbox.hold(true)
  expect(await refund(paymentId)).toMatchObject({ status: 201, body: { status: 'processing' } })
  // What is on its way is not there to be given back twice.
  expect((await refund(paymentId, { amount: 601 })).body.code).toBe('above-payment')
  till.sandbox.hold(false)
  const { adminPool } = till.service
  await vi.waitFor(async () => {
    const { rows } = await adminPool.query('select status from billing.refund where payment_id = $1', [paymentId])
    expect(rows).toEqual([{ status: end }])
  }, 5_000)
  expect((await paymentOf(paymentId)).refunded.amount).toBe(refunded)
})

it('of twins at once gives back no more than was paid', async () => {
  const { paymentId } = await paid()
  const key = randomUUID()
  const answers = await Promise.all([
    ...Array.from({ length: 4 }, () => refund(paymentId, { amount: 400 }, key)),
    ...Array.from({ length: 6 }, () => refund(paymentId, { amount: 300 })),
  ])
  const made = new Set(answers.flatMap(({ status, body }) => (status === 201 ? [body.id] : [])))
  expect(
    answers.every(
      ({ status, body }) => status === 201 || ['above-payment', 'idempotency-in-progress'].includes(body.code),
    ),
  ).toBe(true)
  await vi.waitFor(async () => {
    const { rows } = await till.service.adminPool.query(
      `select count(*)::int as n from billing.refund where payment_id = $1 and status = 'succeeded'`,
      [paymentId],
    )
    expect(rows[0].n).toBe(made.size)
  })
  expect((await paymentOf(paymentId)).refunded.amount).toBeLessThanOrEqual(1000)
})

it('refuses what makes no sense, and who may not', async () => {
  const { ana, paymentId } = await paid()
  for (const amount of [-1, 0, 0.5, 1e15, null])
    expect(await refund(paymentId, { amount })).toMatchObject({
      status: 400,
      body: { fields: [{ field: 'body.amount' }] },
    })
  expect((await refund(paymentId, { currency: 'EUR' })).body.code).toBe('wrong-currency')
  expect((await refund(paymentId, { reason: ' ' })).status).toBe(400)
  expect((await refund(randomUUID())).status).toBe(404)
  expect((await refund(paymentId, {}, randomUUID(), ana.token)).status).toBe(403)
  till.sandbox.hold(true)
  const processing = await till.pay(ana, await till.invoice(ana, 1000), { paymentMethod: 'pm_card_processing' })
  expect((await refund(processing.body.id)).body.code).toBe('not-settled')
  till.sandbox.hold(false)
})

it('seals why', async () => {
  const { paymentId } = await paid()
  await refund(paymentId)
  const { rows } = await till.service.adminPool.query(
    `select string_agg(r::text, '') || coalesce((select string_agg(o::text, '') from billing.outbox o), '') as all from billing.refund r`,
  )
  expect(rows[0].all).not.toContain('CANARY')
  expect(rows[0].all).not.toContain(Buffer.from('CANARY').toString('hex'))
})
