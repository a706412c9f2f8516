/** How a payment or refund stands at the processor. A payment that `failed` moved nothing, and will move nothing. */
export type ProcessorStatus = 'processing' | 'succeeded' | 'failed'

/** A payment as the processor has it. */
export interface ProcessorPayment {
  readonly intentId: string
  /** Our id, as we sent it along; null for what others of the same account have made. */
  readonly paymentId: string | null
  /** Minor units. */
  readonly amount: number
  readonly currency: string
  /** `waiting`: it has not ended, and goes on only when somebody acts. */
  readonly status: ProcessorStatus | 'waiting'
  readonly failureCode: string | null
}

export interface ProcessorRefund {
  readonly processorId: string
  readonly refundId: string | null
  readonly amount: number
  readonly currency: string
  readonly status: ProcessorStatus
  readonly failureCode: string | null
}

/** The request was understood and refused; nothing was moved. */
export interface Refused {
  readonly refused: string
}

export interface PayRequest {
  readonly paymentId: string
  readonly amount: number
  readonly currency: string
  /** The processor's name of the payment method. */
  readonly method: string
}

export interface RefundRequest {
  readonly refundId: string
  readonly intentId: string
  readonly amount: number
}

/** What a signed message of the processor is about. It is only a hint to ask: messages come twice and in any order. */
export interface Notice {
  readonly eventId: string
  readonly type: string
  readonly about:
    | { readonly kind: 'payment'; readonly intentId: string }
    | { readonly kind: 'refund'; readonly processorId: string }
    | null
}

/**
 * Whoever moves the money. Asking twice with the same id moves it once, for at least {@link KEYS_LIVE_MS}.
 * Everything but `verify` rejects with {@link ProcessorUnavailable} when it cannot tell what happened, and all of it with
 * what kept the adapter from being loaded, which is a fault of the installation.
 */
export interface PaymentProcessor {
  pay(request: PayRequest): Promise<ProcessorPayment | Refused>
  /** Undefined where the processor has no such payment. */
  find(intentId: string): Promise<ProcessorPayment | undefined>
  /** Looks for it among what was made from then on while its key lived; for when asking again would move money again. */
  findByPayment(paymentId: string, since: Date): Promise<ProcessorPayment | undefined>
  /** Ends a payment that is waiting, so that it cannot be paid any more; gives how it stands then, ended by this or not. */
  cancel(intentId: string): Promise<ProcessorPayment | undefined>
  refund(request: RefundRequest): Promise<ProcessorRefund | Refused>
  findRefund(processorId: string): Promise<ProcessorRefund | undefined>
  findByRefund(refundId: string, intentId: string): Promise<ProcessorRefund | undefined>
  /** Rejects with InvalidSignature what the processor has not signed, has signed too long ago, or was changed since */
  verify(body: Buffer, signature: string | undefined): Promise<Notice>
}

/** Stripe forgets an idempotency key after 24 hours at the earliest; an hour is left for clocks and slow requests. */
export const KEYS_LIVE_MS = 23 * 3_600_000

/** Whether anything happened is not known: ask again, with the same id. */
export class ProcessorUnavailable extends Error {
  readonly code = 'processor-unavailable'
  constructor(options?: ErrorOptions) {
    super('The payment processor has not answered', options)
    this.name = 'ProcessorUnavailable'
  }
}

export class InvalidSignature extends Error {
  readonly code = 'invalid-signature'
  constructor(options?: ErrorOptions) {
    super('The signature of the webhook is not valid', options)
    this.name = 'InvalidSignature'
  }
}
