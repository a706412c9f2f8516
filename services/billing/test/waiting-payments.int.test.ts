import { afterAll, afterEach, beforeAll, expect, it, vi } from 'vitest'
import { resolveDoubts } from '../src/payments/resolve-doubts.ts'
import { auditBooks, eventAbout, openTill, type Patient, type Till } from './payment-support.ts'

const clock = { aheadMs: 0 }
let till: Till
beforeAll(async () => {
  // The service's own job never takes part: each turn is a test's.
  const config = { WELLGATE_PAYMENT_DOUBT_SECONDS: '1000000000' }
  till = await openTill({ config, now: () => new Date(Date.now() + clock.aheadMs) })
})
afterAll(() => till?.stop())
afterEach(async () => {
  const query = (text: string) => till.service.adminPool.query(text)
  expect((await auditBooks(query, till.sandbox)).wrong).toEqual([])
})

/** A turn of the job, so many hours after the payment was made. */
async function resolve(hours: number): Promise<void> {
  await till.service.adminPool.query(`update billing.payment set asked_at = asked_at - interval '1 day'`)
  clock.aheadMs = hours * 3_600_000
  await resolveDoubts(till.deps, 0).finally(() => (clock.aheadMs = 0))
}
const intentOf = (paymentId: string) =>
  till.sandbox.intents().find(({ metadata }) => metadata['wellgate_payment'] === paymentId)
const statusOf = async (paymentId: string) =>
  (await till.call('billing.get-payment', { token: till.biller, params: { paymentId } })).body.status

async function begin(paymentMethod: string): Promise<{ ana: Patient; invoiceId: string; id: string }> {
  const ana = await till.patient()
  const invoiceId = await till.invoice(ana, 1000)
  const answer = await till.pay(ana, invoiceId, { paymentMethod })
  expect(answer).toMatchObject({ status: 201, body: { status: 'processing' } })
  return { ana, invoiceId, id: answer.body.id as string }
}

it('a payment that is yet to be confirmed has not failed, and is booked when it is paid', async () => {
  till.sandbox.hold(true)
  const { ana, invoiceId, id } = await begin('pm_card_confirmedLate')
  // The processor tells of an intent before it is confirmed: what it is then is no end.
  expect((await till.tell(eventAbout(till.sandbox, id, 'payment_intent.created'))).status).toBe(200)
  expect(await statusOf(id)).toBe('processing')
  expect((await till.pay(ana, invoiceId)).body.code).toBe('payment-in-flight')
  till.sandbox.hold(false)
  await vi.waitFor(() => expect(intentOf(id)?.status).toBe('succeeded'))
  expect((await till.tell(eventAbout(till.sandbox, id))).status).toBe(200)
  expect(await statusOf(id)).toBe('succeeded')
})

it('a payment that nobody confirms is ended at the processor after an hour, and its invoice is free again', async () => {
  const { ana, invoiceId, id } = await begin('pm_card_neverConfirmed')
  await resolve(0)
  expect(await statusOf(id)).toBe('processing')
  expect((await till.pay(ana, invoiceId)).body.code).toBe('payment-in-flight')
  await resolve(2)
  expect(intentOf(id)?.status).toBe('canceled')
  expect(await statusOf(id)).toBe('failed')
  expect((await till.pay(ana, invoiceId)).body.status).toBe('succeeded')
})

it('a card whose holder would have to be asked is declined, and says so', async () => {
  const ana = await till.patient()
  const answer = await till.pay(ana, await till.invoice(ana, 1000), { paymentMethod: 'pm_card_authenticationRequired' })
  expect(answer).toMatchObject({ status: 422, body: { code: 'payment-declined' } })
  expect(answer.body.detail).toContain('authentication_required')
})
