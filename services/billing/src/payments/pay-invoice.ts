import type { Actor } from '@wellgate/shared/access/actor'
import type { Payment } from '@wellgate/shared/contracts/billing/models'
import { execute, one } from '@wellgate/shared/db/query'
import { withTx } from '@wellgate/shared/db/tx'
import { platformErrors } from '@wellgate/shared/errors/platform-errors'
import { type IdempotencyKey, keyReused, once } from '@wellgate/shared/http/idempotency'
import { requirePayer } from '../access.ts'
import { billingErrors } from '../errors.ts'
import { invoices } from '../invoices/invoice-repository.ts'
import { reservePayment } from '../invoices/settle.ts'
import { requireCurrency } from '../money.ts'
import { advancePayment } from './advance-payment.ts'
import { codeToTell, methodPlace, toPayment } from './payment.ts'
import type { PaymentDeps } from './payment-deps.ts'
import * as sql from './payment-sql.ts'

export interface PayRequest {
  readonly invoiceId: string
  readonly amount: number
  readonly currency: string
  readonly paymentMethod: string
  readonly actor: Actor
  readonly key: IdempotencyKey
  subject(patientId: string): void
}

/**
 * Pays all or a part of an invoice: reserves, asks the processor, settles. The row and its reservation are committed
 * before money can move, so what dies in between is found again.
 * @throws `not-found`, `wrong-currency`, `payment-declined`, and as reservePayment
 */
export async function payInvoice(deps: PaymentDeps, request: PayRequest): Promise<Payment> {
  const { pool, sealer, newId, today, currency } = deps
  const { invoiceId, amount, actor, key } = request
  const invoice = await invoices.find(pool, invoiceId, today())
  if (!invoice) throw platformErrors['not-found']()
  const patientId = invoice.patient_id
  requirePayer(actor, patientId)
  request.subject(patientId)
  requireCurrency(request.currency, currency)
  const id = newId()
  const method = await sealer.seal(methodPlace(id, patientId), request.paymentMethod)
  const { resultId } = await withTx(
    pool,
    (tx) =>
      once(tx, key, async () => {
        await reservePayment(tx, invoiceId, amount)
        await execute(tx, sql.insertPayment, [id, invoiceId, patientId, amount, currency, actor.accountId, method])
        return { status: 201, resultId: id }
      }),
    { retry: true },
  )
  const payment = await one(pool, sql.paymentById, [resultId])
  // The key is the caller's for the route; the invoice is in the path, which the stored hash does not know.
  if (payment.invoice_id !== invoiceId) throw keyReused()
  const ended = await advancePayment(deps, payment)
  if (ended.status !== 'failed') return toPayment(ended)
  throw billingErrors['payment-declined']({
    fields: [{ field: 'body.paymentMethod', expected: 'one that the processor takes' }],
    detail: `Nothing was charged. The processor's code: ${codeToTell(ended.failure_code ?? '')}.`,
  })
}
