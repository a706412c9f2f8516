import { Stripe } from 'stripe'
import { intentOf, noticeOf, PAYMENT_KEY, REFUND_KEY, refundOf } from './stripe-objects.ts'
import {
  InvalidSignature,
  KEYS_LIVE_MS,
  type PaymentProcessor,
  ProcessorUnavailable,
  type Refused,
} from './processor.ts'

export interface StripeOptions {
  /** `https://api.stripe.com`, or a sandbox that speaks the same. */
  readonly url: string
  readonly apiKey: string
  readonly webhookSecret: string
  /** For each attempt; there are two. */
  readonly timeoutMs?: number
}

/** As Stripe recommends against replays: docs.stripe.com/webhooks, "Verify webhook signatures". */
const TOLERANCE_S = 300
/** By how much the processor's clock and ours may differ, and how long a request may be on its way. */
const CLOCKS_S = 600
/** A search that goes on longer than this many objects is not a search for one payment. */
const SEARCH_LIMIT = 10_000

/** Payments through Stripe's PaymentIntents. Ids of ours are the idempotency keys, so nothing is charged twice. */
export function createStripeProcessor(options: StripeOptions): PaymentProcessor {
  const { hostname, port, protocol } = new URL(options.url)
  const secure = protocol === 'https:'
  const stripe = new Stripe(options.apiKey, {
    host: hostname,
    port: port === '' ? (secure ? 443 : 80) : Number(port),
    protocol: secure ? 'https' : 'http',
    maxNetworkRetries: 1,
    timeout: options.timeoutMs ?? 8_000,
    telemetry: false,
  })

  const find: PaymentProcessor['find'] = (intentId) =>
    found(async () => intentOf(await stripe.paymentIntents.retrieve(intentId)))

  return {
    async pay({ paymentId, amount, currency, method }) {
      try {
        const intent = await stripe.paymentIntents.create(
          {
            amount,
            currency: currency.toLowerCase(),
            payment_method: method,
            confirm: true,
            // Nobody is at hand who could follow a redirect or authenticate: then the payment is to fail.
            automatic_payment_methods: { enabled: true, allow_redirects: 'never' },
            error_on_requires_action: true,
            metadata: { [PAYMENT_KEY]: paymentId },
          },
          { idempotencyKey: paymentId },
        )
        return intentOf(intent)
      } catch (error) {
        if (error instanceof Stripe.errors.StripeCardError) {
          const intent = error.payment_intent
          return intent ? intentOf(intent) : { refused: error.code ?? 'card_declined' }
        }
        return refusal(error)
      }
    },
    find,
    findByPayment: (paymentId, since) =>
      found(async () => {
        // Nothing is asked for after its keys have died, so what was made then is of others.
        const from = Math.floor(since.getTime() / 1000)
        const created = { gte: from - CLOCKS_S, lte: from + KEYS_LIVE_MS / 1000 + CLOCKS_S }
        let seen = 0
        for await (const intent of stripe.paymentIntents.list({ created, limit: 100 })) {
          if (intent.metadata[PAYMENT_KEY] === paymentId) return intentOf(intent)
          if (++seen > SEARCH_LIMIT) throw new ProcessorUnavailable()
        }
        return undefined
      }),
    async cancel(intentId) {
      try {
        return intentOf(await stripe.paymentIntents.cancel(intentId))
      } catch (error) {
        // What is paid or cancelled already is not cancelled: how it stands is the answer.
        refusal(error)
        return find(intentId)
      }
    },
    async refund({ refundId, intentId, amount }) {
      try {
        const refund = await stripe.refunds.create(
          { payment_intent: intentId, amount, metadata: { [REFUND_KEY]: refundId } },
          { idempotencyKey: refundId },
        )
        return refundOf(refund)
      } catch (error) {
        return refusal(error)
      }
    },
    findRefund: (processorId) => found(async () => refundOf(await stripe.refunds.retrieve(processorId))),
    findByRefund: (refundId, intentId) =>
      found(async () => {
        for await (const refund of stripe.refunds.list({ payment_intent: intentId, limit: 100 }))
          if (refund.metadata?.[REFUND_KEY] === refundId) return refundOf(refund)
        return undefined
      }),
    async verify(body, signature) {
      try {
        return noticeOf(stripe.webhooks.constructEvent(body, signature ?? '', options.webhookSecret, TOLERANCE_S))
      } catch (cause) {
        throw new InvalidSignature({ cause: nameOf(cause) })
      }
    },
  }
}

/**
 * A 400 or 404 says that nothing was done (a done request answers its key with what it did). 409, 429, 5xx, a broken
 * connection and refused credentials say nothing about an earlier attempt.
 * @throws ProcessorUnavailable
 */
function refusal(error: unknown): Refused {
  const { errors } = Stripe
  const certain =
    error instanceof errors.StripeInvalidRequestError && (error.statusCode === 400 || error.statusCode === 404)
  if (!certain) throw new ProcessorUnavailable({ cause: nameOf(error) })
  return { refused: error.code ?? 'invalid_request' }
}

async function found<T>(ask: () => Promise<T | undefined>): Promise<T | undefined> {
  try {
    return await ask()
  } catch (error) {
    if (error instanceof ProcessorUnavailable) throw error
    if (error instanceof Stripe.errors.StripeInvalidRequestError && error.statusCode === 404) return undefined
    throw new ProcessorUnavailable({ cause: nameOf(error) })
  }
}

/** Stripe's errors hold headers, bodies and whole objects: only the kind goes on. */
function nameOf(error: unknown): Error {
  const { type, code } = (error ?? {}) as { type?: unknown; code?: unknown }
  const text = [type, code].filter((part) => typeof part === 'string').join(' ')
  return Object.assign(new Error(text), { name: error instanceof Error ? error.constructor.name : 'Error' })
}
