import { type CardError, DECLINED, type Intent, type Plan, type Refund, UNAUTHENTICATED } from './objects.ts'

interface Behaviour {
  readonly status: Intent['status']
  /** What it becomes by itself after a while. */
  readonly later?: Plan['to']
  /** Why the card was refused, where it was. */
  readonly error?: CardError
  /** How a refund begins, and what it becomes; it succeeds at once unless told. */
  readonly refund?: { readonly status: Refund['status']; readonly later: Plan['to'] }
}

const behaviours: Readonly<Record<string, Behaviour>> = {
  pm_card_visa: { status: 'succeeded' },
  pm_card_pendingRefund: { status: 'succeeded', refund: { status: 'pending', later: 'succeeded' } },
  pm_card_pendingRefundFails: { status: 'succeeded', refund: { status: 'pending', later: 'failed' } },
  pm_card_refundFail: { status: 'succeeded', refund: { status: 'succeeded', later: 'failed' } },
  pm_card_chargeDeclined: { status: 'requires_payment_method', error: DECLINED },
  pm_card_authenticationRequired: { status: 'requires_payment_method', error: UNAUTHENTICATED },
  pm_card_processing: { status: 'processing', later: 'succeeded' },
  pm_card_processingFails: { status: 'processing', later: 'failed' },
  pm_card_confirmedLate: { status: 'requires_confirmation', later: 'succeeded' },
  pm_card_neverConfirmed: { status: 'requires_confirmation' },
}

/** What becomes of a payment with each payment method; named as Stripe's test methods where it has one. */
export const METHODS: ReadonlyMap<string, Behaviour> = new Map(Object.entries(behaviours))
