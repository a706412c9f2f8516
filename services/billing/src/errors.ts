import { defineErrors } from '@wellgate/shared/errors/problem'

/** What this service answers with besides the platform's codes. */
export const billingErrors = defineErrors({
  'wrong-currency': [422, 'Amounts here are in one currency only; the fields name it.'],
  'above-balance': [422, 'This is more than what is left of the invoice.'],
  'already-paid': [409, 'Nothing is left to pay of this invoice.'],
  'invoice-void': [409, 'The invoice was taken back.'],
  'payment-in-flight': [409, 'A payment of this invoice is in flight: try again when it has ended.'],
  'payment-declined': [422, 'The payment was declined.'],
  'not-settled': [409, 'The payment has not succeeded: there is no receipt of it, and nothing to give back.'],
  'above-payment': [422, 'This is more than what is left of the payment.'],
  'above-limit': [403, 'This is above what a biller may forgive of an invoice: ask an admin.'],
  'already-reversed': [409, 'This entry was reversed before.'],
  'not-reversible': [422, 'Such an entry is not reversed: a payment is refunded, a reversal stays.'],
  'has-payments': [409, 'Something was paid or forgiven of the invoice: take that back first.'],
  'has-plan': [409, 'There is a payment plan for this invoice.'],
  'too-many-instalments': [422, 'There are more instalments than minor units to pay.'],
  'not-yet': [422, 'This day has not come.'],
  'in-the-past': [422, 'This day is over.'],
  'too-far-ahead': [422, 'This day is too far ahead.'],
  'unknown-patient': [422, 'There is no such patient.'],
  'not-priced': [422, 'There is no price for this.'],
  'amount-too-large': [422, 'The whole amount is more than can be charged at once.'],
  'range-too-long': [422, 'Ask for no more than 92 days at once.'],
  'too-many-lines': [422, 'There are more lines than are given at once: ask for fewer days.'],
  'day-closed': [409, 'The books of this day are closed.'],
  'day-not-over': [422, 'Only a day that is over can be closed.'],
})
