import type { Stripe } from 'stripe'
import type { Notice, ProcessorPayment, ProcessorRefund, ProcessorStatus } from './processor.ts'

/** Metadata by which what the processor has is known as ours. */
export const PAYMENT_KEY = 'wellgate_payment'
export const REFUND_KEY = 'wellgate_refund'

/** What needs an action of the payer failed for us: nobody is there to act, and nothing is moved before. */
export function statusOfIntent(status: Stripe.PaymentIntent.Status): ProcessorStatus {
  if (status === 'succeeded') return 'succeeded'
  return status === 'processing' ? 'processing' : 'failed'
}

export function intentOf(intent: Stripe.PaymentIntent): ProcessorPayment {
  const status = statusOfIntent(intent.status)
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
