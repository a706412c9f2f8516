import { one } from '@wellgate/shared/db/query'
import { KEYS_LIVE_MS, type ProcessorPayment, ProcessorUnavailable, type Refused } from '../processor/processor.ts'
import { isSettled, methodPlace, type PaymentRow } from './payment.ts'
import type { PaymentDeps } from './payment-deps.ts'
import * as sql from './payment-sql.ts'
import { settlePayment } from './settle-payment.ts'

/**
 * Takes a payment as far as it goes now and gives how it stands. Safe again, at once and after any crash: the processor
 * knows the payment by its id. Where the processor cannot say, it stays in doubt and the job asks later.
 */
export async function advancePayment(deps: PaymentDeps, payment: PaymentRow): Promise<PaymentRow> {
  if (isSettled(payment)) return payment
  try {
    await settlePayment(deps, payment, await ask(deps, payment))
  } catch (error) {
    if (!(error instanceof ProcessorUnavailable)) throw error
    deps.log.warn({ err: error, code: error.code }, 'a payment is in doubt')
  }
  return one(deps.pool, sql.paymentById, [payment.id])
}

/** How long somebody may take to act on a payment at the processor. */
const WAIT_MS = 3_600_000

/** While the processor keeps our keys, asking again tells what happened, or makes it happen; later it is only looked for. */
async function ask(deps: PaymentDeps, payment: PaymentRow): Promise<ProcessorPayment | Refused> {
  const { processor, sealer, now } = deps
  const { id: paymentId, patient_id: patient, intent_id: intentId, amount, currency, created_at: createdAt } = payment
  const ageMs = now().getTime() - createdAt.getTime()
  if (intentId !== null) {
    const found = await processor.find(intentId)
    // Nobody acts on it. It is ended there first, so that it is not paid when the invoice is free again.
    const given = found?.status === 'waiting' && ageMs > WAIT_MS ? await processor.cancel(intentId) : found
    if (!given) throw new Error('the processor has lost a payment')
    return given
  }
  if (ageMs < KEYS_LIVE_MS) {
    const method = (await sealer.open(methodPlace(paymentId, patient), payment.method)).toString()
    return processor.pay({ paymentId, amount, currency, method })
  }
  return (await processor.findByPayment(paymentId, createdAt)) ?? { refused: 'never-received' }
}
