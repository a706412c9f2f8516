import { z } from 'zod'
import { defineSlice } from '@wellgate/shared/config/slice'

/** Where the payment processor is, and the secrets shared with it. */
export const paymentSlice = defineSlice({
  WELLGATE_PAYMENT_URL: z.url().default('https://api.stripe.com').describe('the URL of the payment processor'),
  WELLGATE_PAYMENT_KEY: z.string().min(1).describe("the processor's secret API key"),
  WELLGATE_PAYMENT_WEBHOOK_SECRET: z.string().min(1).describe('the secret that signs the webhooks of the processor'),
  WELLGATE_PAYMENT_TIMEOUT_MS: z.coerce
    .number()
    .int()
    .min(100)
    .max(12_000)
    .default(8_000)
    .describe('milliseconds to wait for the processor, twice at most (100 to 12000, default 8000)'),
  WELLGATE_PAYMENT_DOUBT_SECONDS: z.coerce
    .number()
    .int()
    .min(1)
    .default(30)
    .describe('seconds after which the processor is asked again what became of a payment (at least 1, default 30)'),
})
