import { paymentRefunded } from '@wellgate/shared/contracts/billing/events'
import { execute, one } from '@wellgate/shared/db/query'
import { type Tx, withTx } from '@wellgate/shared/db/tx'
import { counterOf } from '@wellgate/shared/observability/metrics'
import type { Deps } from '../deps.ts'
import { unapplyPayment } from '../invoices/settle.ts'
import { ledgerConstraints, postEntry } from '../ledger/post-entry.ts'
import type { ProcessorRefund, Refused } from '../processor/processor.ts'
import { billingMetrics } from '../metrics.ts'
import type { RefundRow } from './payment.ts'
import { entryAbout, factsOfRefund, lockRefund } from './refund-booking.ts'
import * as sql from './refund-sql.ts'
import { returnRefund } from './return-refund.ts'

/**
 * Applies what the processor says of a refund, once. What is given back is owed again: a biller who means to forgive it
 * adjusts the invoice. What comes back later is reversed.
 * @throws Error when the processor speaks of another refund than ours; `day-closed` at midnight: try again
 */
export async function settleRefund(deps: Deps, refund: RefundRow, said: ProcessorRefund | Refused): Promise<void> {
  if ('refused' in said) return fail(deps, refund, null, said.refused)
  if (said.refundId !== refund.id || said.amount !== refund.amount || said.currency !== refund.currency)
    throw new Error('the processor has another refund under this name')
  const { status, processorId } = said
  if (status === 'processing') return void (await execute(deps.pool, sql.markProcessing, [refund.id, processorId]))
  if (status === 'failed') return fail(deps, refund, processorId, said.failureCode ?? 'failed')
  return succeed(deps, refund, processorId)
}

async function succeed(deps: Deps, refund: RefundRow, processorId: string): Promise<void> {
  const { pool, outbox, newId, today } = deps
  const { id, payment_id: paymentId, invoice_id: invoiceId, amount } = refund
  const work = async (tx: Tx): Promise<boolean> => {
    const { status, made, surplus } = await lockRefund(tx, refund)
    // What has failed at the processor stays so: this was answered before that.
    if (status === 'succeeded' || (status === 'failed' && made)) return false
    // Given up as never received, and given back after all: it takes its part of the payment again.
    if (status === 'failed' && (await execute(tx, sql.keepForRefund, [paymentId, amount])) === 0)
      throw new Error('more was given back than was paid')
    // First what is owed to the payer anyway; the rest is owed again.
    const ofSurplus = Math.min(surplus, amount)
    const ofInvoice = amount - ofSurplus
    if (ofInvoice > 0) await unapplyPayment(tx, invoiceId, ofInvoice)
    const { version } = await one(tx, sql.countRefunded, [paymentId, amount, ofSurplus])
    await postEntry(tx, {
      ...entryAbout(refund),
      id: newId(),
      kind: 'refund',
      bookedOn: today(),
      lines: [
        { account: 'refunds-payable', amount: ofSurplus },
        { account: 'patient-receivable', amount: ofInvoice },
        { account: 'processor-clearing', amount: -amount },
      ],
    })
    await execute(tx, sql.markSettled, [id, 'succeeded', processorId, null])
    await outbox.append(tx, paymentRefunded, { aggregateVersion: version, payload: factsOfRefund(refund) })
    return true
  }
  if (await withTx(pool, work, { constraints: ledgerConstraints, retry: true })) count(deps, 'succeeded')
}

async function fail(deps: Deps, refund: RefundRow, processorId: string | null, code: string): Promise<void> {
  const work = async (tx: Tx): Promise<boolean> => {
    const { status, made } = await lockRefund(tx, refund)
    // A refusal that was on its way says nothing of what the processor has meanwhile told of.
    if (processorId === null && made) return false
    if (status === 'failed' && (made || processorId === null)) return false
    if (status === 'succeeded') await returnRefund(deps, tx, refund)
    else if (status !== 'failed') await execute(tx, sql.giveBackKept, [refund.payment_id, refund.amount])
    await execute(tx, sql.markSettled, [refund.id, 'failed', processorId, code])
    return status !== 'failed'
  }
  if (await withTx(deps.pool, work, { constraints: ledgerConstraints, retry: true })) count(deps, 'failed')
}

const count = ({ metrics }: Deps, status: 'succeeded' | 'failed'): void =>
  counterOf(metrics, billingMetrics.refunds).inc({ status })
