import { paymentFailed, paymentSettled } from '@wellgate/shared/contracts/billing/events'
import { PatientId } from '@wellgate/shared/contracts/ids'
import { execute, one } from '@wellgate/shared/db/query'
import { afterCommit, type Tx, withTx } from '@wellgate/shared/db/tx'
import { counterOf } from '@wellgate/shared/observability/metrics'
import type { Deps } from '../deps.ts'
import { numberText } from '../invoices/invoice.ts'
import { applyPayment, lockInvoice, releasePayment, reservePayment } from '../invoices/settle.ts'
import { ledgerConstraints, postEntry } from '../ledger/post-entry.ts'
import { money } from '../money.ts'
import { takeNumber } from '../number-repository.ts'
import type { ProcessorPayment, Refused } from '../processor/processor.ts'
import { billingMetrics } from '../metrics.ts'
import { isSettled, type PaymentRow } from './payment.ts'
import * as sql from './payment-sql.ts'

/**
 * Applies what the processor says of a payment, in one transaction and once: whoever comes second finds it done. The
 * invoice, the entry, the receipt's number and the event are there together or not at all.
 * @throws Error when the processor speaks of another payment than ours; `day-closed` at midnight: try again
 */
export async function settlePayment(deps: Deps, payment: PaymentRow, said: ProcessorPayment | Refused): Promise<void> {
  if ('refused' in said) return fail(deps, payment, null, said.refused)
  if (said.paymentId !== payment.id || said.amount !== payment.amount || said.currency !== payment.currency)
    throw new Error('the processor has another payment under this name')
  const { status, intentId } = said
  if (status === 'processing' || status === 'waiting')
    return void (await execute(deps.pool, sql.markProcessing, [payment.id, intentId]))
  if (status === 'failed') return fail(deps, payment, intentId, said.failureCode ?? 'failed')
  return succeed(deps, payment, intentId)
}

const facts = (payment: PaymentRow) => ({
  paymentId: payment.id,
  invoiceId: payment.invoice_id,
  patientId: PatientId.parse(payment.patient_id),
  amount: money(payment.amount, payment.currency),
})

/** The invoice first, as everyone who books about it; then the payment. */
async function lock(tx: Tx, payment: PaymentRow) {
  const invoice = await lockInvoice(tx, payment.invoice_id)
  return { invoice, ...(await one(tx, sql.lockPayment, [payment.id])) }
}

async function succeed(deps: Deps, payment: PaymentRow, intentId: string): Promise<void> {
  const { pool, outbox, newId, today, log } = deps
  const { id, invoice_id: invoiceId, patient_id: patientId, amount, currency } = payment
  const work = async (tx: Tx): Promise<boolean> => {
    const { invoice, status } = await lock(tx, payment)
    if (status === 'succeeded') return false
    // Held for failed, and charged after all: it gets its place back, or where there is none we owe it to the payer.
    const surplus = status === 'failed' && (invoice.voided || invoice.free < amount)
    if (status === 'failed' && !surplus) await reservePayment(tx, invoiceId, amount)
    if (!surplus) await applyPayment(tx, invoiceId, amount)
    await postEntry(tx, {
      id: newId(),
      kind: 'payment',
      bookedOn: today(),
      currency,
      patientId,
      invoiceId,
      paymentId: id,
      lines: [
        { account: 'processor-clearing', amount },
        { account: surplus ? 'refunds-payable' : 'patient-receivable', amount: -amount },
      ],
    })
    const number = await takeNumber(tx, 'receipt')
    const { version } = await one(tx, sql.markSucceeded, [id, intentId, number, surplus ? amount : 0])
    const receiptNumber = numberText('RCT', number)
    await outbox.append(tx, paymentSettled, {
      aggregateVersion: version,
      payload: { ...facts(payment), receiptNumber },
    })
    const tell = () => log.error({ code: 'payment-surplus' }, 'a payment came too late for its invoice: give it back')
    if (surplus) afterCommit(tx, tell)
    return true
  }
  if (await withTx(pool, work, { constraints: ledgerConstraints, retry: true })) count(deps, 'succeeded')
}

async function fail(deps: Deps, payment: PaymentRow, intentId: string | null, code: string): Promise<void> {
  const { pool, outbox } = deps
  const work = async (tx: Tx): Promise<boolean> => {
    const { status, made } = await lock(tx, payment)
    if (isSettled({ status })) return false
    // A refusal that was on its way says nothing of what the processor has meanwhile told of.
    if (intentId === null && made) return false
    await releasePayment(tx, payment.invoice_id, payment.amount)
    const { version } = await one(tx, sql.markFailed, [payment.id, intentId, code])
    await outbox.append(tx, paymentFailed, { aggregateVersion: version, payload: { ...facts(payment), code } })
    return true
  }
  if (await withTx(pool, work, { retry: true })) count(deps, 'failed')
}

const count = ({ metrics }: Deps, status: 'succeeded' | 'failed'): void =>
  counterOf(metrics, billingMetrics.payments).inc({ status })
