import { paymentRefunded } from '@wellgate/shared/contracts/billing/events'
import { PatientId } from '@wellgate/shared/contracts/ids'
import { execute, one } from '@wellgate/shared/db/query'
import { type Tx, withTx } from '@wellgate/shared/db/tx'
import { counterOf } from '@wellgate/shared/observability/metrics'
import type { Deps } from '../deps.ts'
import { lockInvoice, unapplyPayment } from '../invoices/settle.ts'
import { ledgerConstraints, postEntry } from '../ledger/post-entry.ts'
import { money } from '../money.ts'
import type { ProcessorRefund, Refused } from '../processor/processor.ts'
import { billingMetrics } from '../metrics.ts'
import type { PaymentStatus, RefundRow } from './payment.ts'
import * as sql from './refund-sql.ts'

/**
 * Applies what the processor says of a refund, once. What is given back is owed again: a biller who means to forgive it
 * adjusts the invoice.
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

/** Locks as everyone does, the invoice first; gives the status. */
async function lock(tx: Tx, refund: RefundRow): Promise<PaymentStatus> {
  await lockInvoice(tx, refund.invoice_id)
  return (await one(tx, sql.lockRefund, [refund.id])).status
}

async function succeed(deps: Deps, refund: RefundRow, processorId: string): Promise<void> {
  const { pool, outbox, newId, today } = deps
  const { id, payment_id: paymentId, invoice_id: invoiceId, patient_id: patientId, amount, currency, surplus } = refund
  const work = async (tx: Tx): Promise<boolean> => {
    const status = await lock(tx, refund)
    if (status === 'succeeded') return false
    // Held for failed, and given back after all: it takes its part of the payment again.
    if (status === 'failed' && (await execute(tx, sql.keepForRefund, [paymentId, amount])) === 0)
      throw new Error('more was given back than was paid')
    if (!surplus) await unapplyPayment(tx, invoiceId, amount)
    const { version } = await one(tx, sql.countRefunded, [paymentId, amount])
    await postEntry(tx, {
      id: newId(),
      kind: 'refund',
      bookedOn: today(),
      currency,
      patientId,
      invoiceId,
      paymentId,
      refundId: id,
      lines: [
        { account: surplus ? 'refunds-payable' : 'patient-receivable', amount },
        { account: 'processor-clearing', amount: -amount },
      ],
    })
    await execute(tx, sql.markSettled, [id, 'succeeded', processorId, null])
    const payload = {
      paymentId,
      invoiceId,
      patientId: PatientId.parse(patientId),
      amount: money(amount, currency),
      refundId: id,
    }
    await outbox.append(tx, paymentRefunded, { aggregateVersion: version, payload })
    return true
  }
  if (await withTx(pool, work, { constraints: ledgerConstraints, retry: true })) count(deps, 'succeeded')
}

async function fail(deps: Deps, refund: RefundRow, processorId: string | null, code: string): Promise<void> {
  const work = async (tx: Tx): Promise<boolean> => {
    const status = await lock(tx, refund)
    if (status === 'succeeded' || status === 'failed') return false
    await execute(tx, sql.giveBackKept, [refund.payment_id, refund.amount])
    await execute(tx, sql.markSettled, [refund.id, 'failed', processorId, code])
    return true
  }
  if (await withTx(deps.pool, work, { retry: true })) count(deps, 'failed')
}

const count = ({ metrics }: Deps, status: 'succeeded' | 'failed'): void =>
  counterOf(metrics, billingMetrics.refunds).inc({ status })
