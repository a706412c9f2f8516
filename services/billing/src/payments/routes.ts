import type { billingRoutes } from '@wellgate/shared/contracts/billing/routes'
import { platformErrors } from '@wellgate/shared/errors/platform-errors'
import type { Handlers } from '@wellgate/shared/http/handlers'
import type { Deps } from '../deps.ts'

type PaymentRoutes = `billing.${
  | 'list-payments'
  | 'pay-invoice'
  | 'get-payment'
  | 'get-receipt-pdf'
  | 'refund'
  | 'payment-webhook'}`

/** Payments, refunds, receipts and what the processor tells. */
export function paymentHandlers(_deps: Deps): Pick<Handlers<typeof billingRoutes>, PaymentRoutes> {
  const later = () => Promise.reject(platformErrors.unavailable())
  return {
    'billing.list-payments': later,
    'billing.pay-invoice': later,
    'billing.get-payment': later,
    'billing.get-receipt-pdf': later,
    'billing.refund': later,
    'billing.payment-webhook': later,
  }
}
