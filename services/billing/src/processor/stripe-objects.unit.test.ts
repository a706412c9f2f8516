import type { Stripe } from 'stripe'
import { expect, it } from 'vitest'
import { intentOf, noticeOf, refundOf } from './stripe-objects.ts'

const intent = (over: object) =>
  ({ id: 'pi_1', amount: 5, currency: 'usd', metadata: {}, last_payment_error: null, ...over }) as Stripe.PaymentIntent
const DECLINED = { code: 'card_declined', decline_code: 'insufficient_funds' }

it.each([
  ['succeeded', null, 'succeeded', null],
  ['processing', null, 'processing', null],
  ['canceled', null, 'failed', 'canceled'],
  ['requires_payment_method', DECLINED, 'failed', 'insufficient_funds'],
  ['requires_payment_method', null, 'waiting', null],
  ['requires_confirmation', null, 'waiting', null],
  ['requires_confirmation', DECLINED, 'waiting', null],
  ['requires_action', null, 'waiting', null],
  ['requires_capture', null, 'waiting', null],
  ['of_another_year', null, 'processing', null],
])('an intent that is %s (%o) is %s', (status, last_payment_error, expected, failureCode) => {
  expect(intentOf(intent({ status, last_payment_error }))).toMatchObject({ status: expected, failureCode })
})

it.each([
  ['succeeded', 'succeeded'],
  ['pending', 'processing'],
  ['requires_action', 'processing'],
  [null, 'processing'],
  ['failed', 'failed'],
  ['canceled', 'failed'],
])('a refund that is %s is %s', (status, expected) => {
  const refund = { id: 're_1', amount: 5, currency: 'usd', metadata: null, status } as Stripe.Refund
  expect(refundOf(refund).status).toBe(expected)
})

it('every message about an intent or a refund is a reason to ask, whatever it is called', () => {
  const about = (type: string, object: object) =>
    noticeOf({ id: 'evt_1', type, data: { object } } as unknown as Stripe.Event).about
  for (const type of ['refund.created', 'refund.updated', 'refund.failed', 'charge.refund.updated'])
    expect(about(type, { object: 'refund', id: 're_1' })).toEqual({ kind: 'refund', processorId: 're_1' })
  for (const type of ['payment_intent.created', 'payment_intent.canceled', 'payment_intent.of_another_year'])
    expect(about(type, { object: 'payment_intent', id: 'pi_1' })).toEqual({ kind: 'payment', intentId: 'pi_1' })
  expect(about('charge.refunded', { object: 'charge', id: 'ch_1' })).toBeNull()
})
