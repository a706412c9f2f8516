import { z } from 'zod'
import { defineSlice } from '@wellgate/shared/config/slice'

/** Where the payment processor is, and the secrets shared with it. */
export const paymentSlice = defineSlice({
  WELLGATE_PAYMENT_URL: z.url().default('https://api.stripe.com').describe('the URL of the payment processor'),
  WELLGATE_PAYMENT_KEY: z.string().min(1).describe("the processor's secret API key"),
  WELLGATE_PAYMENT_WEBHOOK_SECRET: z.string().min(1).describe('the secret that signs the webhooks of the processor'),
})
