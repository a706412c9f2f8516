import type { Stripe } from 'stripe'
import type { Notice, ProcessorPayment, ProcessorRefund } from './processor.ts'

/** Metadata by which what the processor has is known as ours. */
export const PAYMENT_KEY = 'wellgate_payment'
export const REFUND_KEY = 'wellgate_refund'

/**
 * Stripe's intents end when they are paid or cancelled, and for us when a method was refused: nobody else has the secret to
 * offer another. Until then they may still be paid, so they have not failed (docs.stripe.com/payments/paymentintents/lifecycle).
 */
function statusOfIntent({ status, last_payment_error: refused }: Stripe.PaymentIntent): ProcessorPayment['status'] {
  switch (status) {
    case 'succeeded':
      return 'succeeded'
    case 'canceled':
      return 'failed'
    case 'requires_payment_method':
      return refused ? 'failed' : 'waiting'
    case 'requires_confirmation':
    case 'requires_action':
    case 'requires_capture':
      return 'waiting'
    default:
      // Processing, or a status that this release does not know, which is no end either.
      return 'processing'
  }
}

export function intentOf(intent: Stripe.PaymentIntent): ProcessorPayment {
  const status = statusOfIntent(intent)
  const failure = intent.last_payment_error
  return {
    intentId: intent.id,
    paymentId: intent.metadata[PAYMENT_KEY] ?? null,
    amount: intent.amount,
    currency: intent.currency.toUpperCase(),
    status,
    failureCode: status === 'failed' ? (failure?.decline_code ?? failure?.code ?? intent.status) : null,
  }
}

export function refundOf(refund: Stripe.Refund): ProcessorRefund {
  const { status } = refund
  const failed = status === 'failed' || status === 'canceled'
  return {
    processorId: refund.id,
    refundId: refund.metadata?.[REFUND_KEY] ?? null,
    amount: refund.amount,
    currency: refund.currency.toUpperCase(),
    status: status === 'succeeded' ? 'succeeded' : failed ? 'failed' : 'processing',
    failureCode: failed ? (refund.failure_reason ?? status) : null,
  }
}

export function noticeOf(event: Stripe.Event): Notice {
  const { id: eventId, type } = event
  const { object, id } = event.data.object as { object?: unknown; id?: unknown }
  if (typeof id !== 'string') return { eventId, type, about: null }
  if (object === 'payment_intent') return { eventId, type, about: { kind: 'payment', intentId: id } }
  if (object === 'refund') return { eventId, type, about: { kind: 'refund', processorId: id } }
  return { eventId, type, about: null }
}
