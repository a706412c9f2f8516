import type { Deps } from '../deps.ts'
import type { PaymentProcessor } from '../processor/processor.ts'
import { whenNeeded } from '../processor/when-needed.ts'

/** What the use cases of payments need. */
export interface PaymentDeps extends Deps {
  readonly processor: PaymentProcessor
}

/** With the processor that the configuration names. */
export function withProcessor(deps: Deps): PaymentDeps {
  const { config } = deps
  // Loaded for the first payment: the stripe package would be a fourth of an idle service's memory.
  const processor = whenNeeded(async () => {
    const { createStripeProcessor } = await import('../processor/stripe-processor.ts')
    return createStripeProcessor({
      url: config.WELLGATE_PAYMENT_URL,
      apiKey: config.WELLGATE_PAYMENT_KEY,
      webhookSecret: config.WELLGATE_PAYMENT_WEBHOOK_SECRET,
      timeoutMs: config.WELLGATE_PAYMENT_TIMEOUT_MS,
    })
  })
  return { ...deps, processor }
}
