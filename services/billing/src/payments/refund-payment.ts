import type { Refund } from '@wellgate/shared/contracts/billing/models'
import { execute, maybeOne, one } from '@wellgate/shared/db/query'
import { withTx } from '@wellgate/shared/db/tx'
import { platformErrors } from '@wellgate/shared/errors/platform-errors'
import { type IdempotencyKey, keyReused, once } from '@wellgate/shared/http/idempotency'
import { billingErrors } from '../errors.ts'
import { lockInvoice } from '../invoices/settle.ts'
import { requireCurrency } from '../money.ts'
import { KEYS_LIVE_MS, type ProcessorRefund, ProcessorUnavailable, type Refused } from '../processor/processor.ts'
import { isSettled, reasonPlace, type RefundRow, toRefund } from './payment.ts'
import type { PaymentDeps } from './payment-deps.ts'
import * as payments from './payment-sql.ts'
import * as sql from './refund-sql.ts'
import { settleRefund } from './settle-refund.ts'

export interface RefundRequest {
  readonly paymentId: string
  readonly amount: number
  readonly currency: string
  readonly reason: string
  readonly by: string
  readonly key: IdempotencyKey
  subject(patientId: string): void
}

/**
 * Gives all or a part of a payment back, never more than is left of it. As with payments, the row is there before the
 * processor is asked.
 * @throws `not-found`, `wrong-currency`, `not-settled`, `above-payment`
 */
export async function refundPayment(deps: PaymentDeps, request: RefundRequest): Promise<Refund> {
  const { pool, sealer, newId, currency } = deps
  const { paymentId, amount, by, key } = request
  const payment = await maybeOne(pool, payments.paymentById, [paymentId])
  if (!payment) throw platformErrors['not-found']()
  const patientId = payment.patient_id
  request.subject(patientId)
  requireCurrency(request.currency, currency)
  if (payment.status !== 'succeeded') throw billingErrors['not-settled']()
  const id = newId()
  const reason = await sealer.seal(reasonPlace(id, patientId), request.reason)
  const { resultId } = await withTx(
    pool,
    (tx) =>
      once(tx, key, async () => {
        await lockInvoice(tx, payment.invoice_id)
        const kept = await execute(tx, sql.keepForRefund, [paymentId, amount])
        if (kept === 0) {
          const { rest } = await one(tx, sql.restToRefund, [paymentId])
          throw billingErrors['above-payment']({ fields: [{ field: 'body.amount', expected: `at most ${rest}` }] })
        }
        await execute(tx, sql.insertRefund, [id, paymentId, patientId, amount, currency, by, reason])
        return { status: 201, resultId: id }
      }),
    { retry: true },
  )
  const refund = await one(pool, sql.refundById, [resultId])
  if (refund.payment_id !== paymentId) throw keyReused()
  const ended = await advanceRefund(deps, refund)
  return toRefund(ended, (await sealer.open(reasonPlace(ended.id, patientId), ended.reason)).toString())
}

/** As advancePayment, for a refund. */
export async function advanceRefund(deps: PaymentDeps, refund: RefundRow): Promise<RefundRow> {
  if (isSettled(refund)) return refund
  try {
    await settleRefund(deps, refund, await ask(deps, refund))
  } catch (error) {
    if (!(error instanceof ProcessorUnavailable)) throw error
    deps.log.warn({ err: error, code: error.code }, 'a refund is in doubt')
  }
  return one(deps.pool, sql.refundById, [refund.id])
}

async function ask({ processor, now }: PaymentDeps, refund: RefundRow): Promise<ProcessorRefund | Refused> {
  const { id: refundId, processor_id: processorId, intent_id: intentId, amount, created_at: createdAt } = refund
  if (processorId !== null) {
    const found = await processor.findRefund(processorId)
    if (!found) throw new Error('the processor has lost a refund')
    return found
  }
  if (now().getTime() - createdAt.getTime() < KEYS_LIVE_MS) return processor.refund({ refundId, intentId, amount })
  return (await processor.findByRefund(refundId, intentId)) ?? { refused: 'never-received' }
}
