import type { Money } from '@wellgate/shared/contracts/billing/models'
import { billingErrors } from './errors.ts'

/** An amount in minor units as money. */
export const money = (amount: number, currency: string): Money => ({ amount, currency })

/** @throws `wrong-currency` naming the field, where the currency is not the installation's */
export function requireCurrency(sent: string, currency: string): void {
  if (sent === currency) return
  throw billingErrors['wrong-currency']({ fields: [{ field: 'body.currency', expected: currency }] })
}
