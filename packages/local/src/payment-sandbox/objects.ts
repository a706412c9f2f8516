/** The processor's objects, with the fields of Stripe's that somebody reads here. */
export interface Intent {
  readonly id: string
  readonly object: 'payment_intent'
  readonly amount: number
  readonly amount_received: number
  readonly currency: string
  readonly created: number
  readonly status:
    | 'succeeded'
    | 'processing'
    | 'requires_payment_method'
    | 'requires_confirmation'
    | 'requires_action'
    | 'canceled'
  readonly payment_method: string
  readonly last_payment_error: CardError | null
  readonly latest_charge: string | null
  readonly livemode: false
  readonly metadata: Readonly<Record<string, string>>
}

export interface CardError {
  readonly type: 'card_error'
  readonly code: string
  readonly decline_code: string
  readonly message: string
}

export interface Refund {
  readonly id: string
  readonly object: 'refund'
  readonly amount: number
  readonly currency: string
  readonly created: number
  readonly payment_intent: string
  readonly status: 'succeeded' | 'pending' | 'failed'
  readonly failure_reason?: string
  readonly metadata: Readonly<Record<string, string>>
}

export interface SandboxEvent {
  readonly id: string
  readonly object: 'event'
  readonly api_version: string
  readonly created: number
  readonly type: string
  readonly livemode: false
  readonly pending_webhooks: number
  readonly request: { readonly id: string | null; readonly idempotency_key: string | null }
  readonly data: { readonly object: Intent | Refund }
}

/** An answer as it was given to an Idempotency-Key. */
export interface StoredAnswer {
  readonly request: string
  readonly status: number
  readonly body: unknown
}

/** What is going to happen to an object by itself, at a time in epoch milliseconds. */
export interface Plan {
  readonly id: string
  readonly at: number
  readonly to: 'succeeded' | 'failed'
}

export const UNAUTHENTICATED: CardError = {
  type: 'card_error',
  code: 'authentication_required',
  decline_code: 'authentication_required',
  message: 'Your card was declined. This transaction requires authentication.',
}

export const DECLINED: CardError = {
  type: 'card_error',
  code: 'card_declined',
  decline_code: 'generic_decline',
  message: 'Your card was declined.',
}
