import { paymentRefundReturned } from '@wellgate/shared/contracts/billing/events'
import { one } from '@wellgate/shared/db/query'
import { afterCommit, type Tx } from '@wellgate/shared/db/tx'
import type { Deps } from '../deps.ts'
import { applyPayment, lockInvoice, reservePayment } from '../invoices/settle.ts'
import { postEntry } from '../ledger/post-entry.ts'
import type { RefundRow } from './payment.ts'
import { entryAbout, factsOfRefund } from './refund-booking.ts'
import * as sql from './refund-sql.ts'

/**
 * Reverses a booked refund that did not reach the payer, in the caller's transaction. What it took from the invoice pays
 * that again; where something else has taken the room meanwhile it is owed to the payer, and a biller gives it back in
 * another way.
 */
export async function returnRefund(deps: Deps, tx: Tx, refund: RefundRow): Promise<void> {
  const { outbox, newId, today, log } = deps
  const { payment_id: paymentId, invoice_id: invoiceId, amount } = refund
  const { id: reverses, of_invoice: ofInvoice } = await one(tx, sql.bookedRefund, [refund.id])
  const { voided, free } = await lockInvoice(tx, invoiceId)
  const toInvoice = voided || free < ofInvoice ? 0 : ofInvoice
  if (toInvoice > 0) {
    await reservePayment(tx, invoiceId, toInvoice)
    await applyPayment(tx, invoiceId, toInvoice)
  }
  const owed = amount - toInvoice
  const { version } = await one(tx, sql.countReturned, [paymentId, amount, owed])
  await postEntry(tx, {
    ...entryAbout(refund),
    id: newId(),
    kind: 'reversal',
    reverses,
    bookedOn: today(),
    lines: [
      { account: 'processor-clearing', amount },
      { account: 'patient-receivable', amount: -toInvoice },
      { account: 'refunds-payable', amount: -owed },
    ],
  })
  await outbox.append(tx, paymentRefundReturned, { aggregateVersion: version, payload: factsOfRefund(refund) })
  afterCommit(tx, () => log.warn({ code: 'refund-returned' }, 'a refund came back: give it back in another way'))
}
