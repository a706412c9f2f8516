import { z } from 'zod'
import { defineSlice, type ConfigOf } from '@wellgate/shared/config/slice'
import { serviceSlices } from '@wellgate/shared/runtime/config'
import { isTimeZone } from './days.ts'
import { paymentSlice } from './payments/config.ts'

/**
 * Stripe counts the minor units of these otherwise than ISO 4217: a payment would move a hundredth of what is owed, or a
 * hundred times as much (docs.stripe.com/currencies).
 */
const COUNTED_OTHERWISE = new Set(['ISK', 'MGA', 'UGX'])

/** How bills are made. */
export const billingSlice = defineSlice({
  WELLGATE_CURRENCY: z
    .string()
    .refine((code) => Intl.supportedValuesOf('currency').includes(code) && !COUNTED_OTHERWISE.has(code))
    .default('USD')
    .describe(
      'the ISO 4217 code of the one currency of this installation, never changed; not ISK, MGA or UGX, whose minor units the payment processor counts otherwise (default USD)',
    ),
  WELLGATE_BILLING_TIME_ZONE: z
    .string()
    .refine(isTimeZone)
    .default('UTC')
    .describe('the IANA time zone by which the books have days (default UTC)'),
  WELLGATE_INVOICE_DUE_DAYS: z.coerce
    .number()
    .int()
    .min(0)
    .max(365)
    .default(30)
    .describe('days from the issue of an invoice to its due date, 0 to 365 (default 30)'),
  WELLGATE_WRITE_OFF_LIMIT: z.coerce
    .number()
    .int()
    .min(0)
    .max(1_000_000_000_000)
    .default(10_000)
    .describe('minor units of an invoice that a biller may forgive; an admin may more (default 10000)'),
})

export const billingSlices = [...serviceSlices, billingSlice, paymentSlice] as const
export type BillingConfig = ConfigOf<readonly [typeof billingSlice, typeof paymentSlice]>
