import { z } from 'zod'
import type { billingRoutes } from '@wellgate/shared/contracts/billing/routes'
import { maybeOne, rows } from '@wellgate/shared/db/query'
import { platformErrors } from '@wellgate/shared/errors/platform-errors'
import type { Actor } from '@wellgate/shared/access/actor'
import { decodeCursor } from '@wellgate/shared/http/cursor'
import type { Handlers } from '@wellgate/shared/http/handlers'
import { toPage } from '@wellgate/shared/http/pages'
import { requireReader } from '../access.ts'
import type { Deps } from '../deps.ts'
import { billingErrors } from '../errors.ts'
import { numberText } from '../invoices/invoice.ts'
import { invoices } from '../invoices/invoice-repository.ts'
import { hearWebhook } from './hear-webhook.ts'
import { payInvoice } from './pay-invoice.ts'
import { type PaymentRow, toPayment } from './payment.ts'
import { withProcessor } from './payment-deps.ts'
import * as sql from './payment-sql.ts'
import { receiptPdf } from './receipt-pdf.ts'
import { refundPayment } from './refund-payment.ts'

type PaymentRoutes = `billing.${
  | 'list-payments'
  | 'pay-invoice'
  | 'get-payment'
  | 'get-receipt-pdf'
  | 'refund'
  | 'payment-webhook'}`

/** Payments, refunds, receipts and what the processor tells. */
export function paymentHandlers(plain: Deps): Pick<Handlers<typeof billingRoutes>, PaymentRoutes> {
  const deps = withProcessor(plain)
  const { pool, today, dayOf, now } = deps
  const readable = async (id: string, actor: Actor, subject: (id: string) => void): Promise<PaymentRow> => {
    const payment = await maybeOne(pool, sql.paymentById, [id])
    if (!payment) throw platformErrors['not-found']()
    requireReader(actor, payment.patient_id)
    subject(payment.patient_id)
    return payment
  }
  return {
    'billing.list-payments': async ({ params, query }) => {
      const before = query.cursor === undefined ? null : decodeCursor(z.uuid(), query.cursor, 'query.cursor')
      const found = await rows(pool, sql.paymentsOfPatient, [params.patientId, before, query.limit + 1])
      return { status: 200, body: toPage(found, query.limit, toPayment, ({ id }) => id) }
    },
    'billing.pay-invoice': async ({ params, body, actor, idempotencyKey, subject }) => {
      const request = { ...params, ...body, actor, key: idempotencyKey, subject }
      return { status: 201, body: await payInvoice(deps, request) }
    },
    'billing.get-payment': async ({ params, actor, subject }) => ({
      status: 200,
      body: toPayment(await readable(params.paymentId, actor, subject)),
    }),
    'billing.get-receipt-pdf': async ({ params, actor, subject }) => {
      const payment = await readable(params.paymentId, actor, subject)
      const { receipt_number: number, settled_at: settledAt } = payment
      if (number === null || settledAt === null) throw billingErrors['not-settled']()
      const invoice = await invoices.find(pool, payment.invoice_id, today())
      const receipt = {
        number: numberText('RCT', number),
        invoiceNumber: numberText('INV', invoice?.number ?? ''),
        patientId: payment.patient_id,
        paymentId: payment.id,
        paidOn: dayOf(settledAt),
        amount: payment.amount,
        refunded: payment.refunded,
        currency: payment.currency,
      }
      const headers = { 'content-disposition': `inline; filename="${receipt.number}.pdf"` }
      return { status: 200, headers, body: await receiptPdf(receipt, now()) }
    },
    'billing.refund': async ({ params, body, actor, idempotencyKey, subject }) => {
      const request = { ...params, ...body, by: actor.accountId, key: idempotencyKey, subject }
      return { status: 201, body: await refundPayment(deps, request) }
    },
    'billing.payment-webhook': async ({ raw }) => {
      const signature = raw.headers['stripe-signature']
      await hearWebhook(deps, bytesOf(raw.body), typeof signature === 'string' ? signature : undefined)
      return { status: 200, body: { received: true } }
    },
  }
}

/** A body without bytes is not parsed at all. */
const bytesOf = (body: unknown): Buffer => (Buffer.isBuffer(body) ? body : Buffer.alloc(0))
