import { PatientId } from '@wellgate/shared/contracts/ids'
import { one } from '@wellgate/shared/db/query'
import type { Tx } from '@wellgate/shared/db/tx'
import { lockInvoice } from '../invoices/settle.ts'
import { money } from '../money.ts'
import type { RefundRow } from './payment.ts'
import * as sql from './refund-sql.ts'

/** Locks as everyone does who books: the invoice first, then the refund and its payment. */
export async function lockRefund(tx: Tx, refund: RefundRow) {
  const invoice = await lockInvoice(tx, refund.invoice_id)
  return { invoice, ...(await one(tx, sql.lockRefund, [refund.id])) }
}

/** What every entry about a refund says. */
export const entryAbout = (refund: RefundRow) => ({
  currency: refund.currency,
  patientId: refund.patient_id,
  invoiceId: refund.invoice_id,
  paymentId: refund.payment_id,
  refundId: refund.id,
})

/** What events tell of a refund. */
export const factsOfRefund = (refund: RefundRow) => ({
  paymentId: refund.payment_id,
  invoiceId: refund.invoice_id,
  patientId: PatientId.parse(refund.patient_id),
  amount: money(refund.amount, refund.currency),
  refundId: refund.id,
})
