import * as fc from 'fast-check'
import type * as invoiceSql from '../src/invoices/invoice-sql.ts'
import type { Line } from '../src/ledger/post-entry.ts'
import type { Account } from './property-flights.ts'

/** What the books should say of an invoice, kept beside them in plain numbers. */
export interface Model extends Account {
  readonly insurerShare: number
  insurerPaid: number
  readonly payments: { readonly id: string; left: number; readonly amount: number }[]
  /** Entries that may be taken back, with what takes them back in the model. */
  readonly entries: {
    readonly id: string
    readonly lines: readonly Line[]
    undo(): void
    move: typeof invoiceSql.payInsurer
  }[]
}

export type Operation =
  | 'charge'
  | 'pay'
  | 'fail'
  | 'again'
  | 'refund'
  | 'adjust'
  | 'insurer'
  | 'reverse'
  | 'reverse-again'
  | 'void'
  | 'too-much'
  | 'begin'
  | 'give-back'
  | 'hear'
const operation = fc.constantFrom<Operation>(
  ...(['charge', 'charge', 'pay', 'pay', 'pay', 'fail', 'again', 'refund', 'refund', 'adjust', 'insurer'] as const),
  ...(['reverse', 'reverse-again', 'void', 'too-much'] as const),
  // Payments and refunds at the processor, and its webhooks: again, late, out of order, beside our own old answers.
  ...(['begin', 'begin', 'give-back', 'hear', 'hear', 'hear', 'hear'] as const),
)
export interface Step {
  readonly operation: Operation
  readonly pick: number
  readonly amount: number
}
/** Any operation, on any invoice, of any amount. */
export const anyStep: fc.Arbitrary<Step> = fc.record({
  operation,
  pick: fc.nat(1_000_000),
  amount: fc.integer({ min: 1, max: 20_000 }),
})
