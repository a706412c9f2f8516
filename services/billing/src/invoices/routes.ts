import { z } from 'zod'
import type { Actor } from '@wellgate/shared/access/actor'
import type { Invoice } from '@wellgate/shared/contracts/billing/models'
import type { billingRoutes } from '@wellgate/shared/contracts/billing/routes'
import { platformErrors } from '@wellgate/shared/errors/platform-errors'
import { decodeCursor } from '@wellgate/shared/http/cursor'
import type { Handlers } from '@wellgate/shared/http/handlers'
import { toPage } from '@wellgate/shared/http/pages'
import { hasRole, requireReader } from '../access.ts'
import type { Deps } from '../deps.ts'
import { toInvoice, toSummary } from './invoice.ts'
import { invoicePdf } from './invoice-pdf.ts'
import { invoices } from './invoice-repository.ts'
import { adjustInvoice, bookInsurerPayment } from './staff-entries.ts'

type InvoiceRoutes = `billing.${
  | 'list-invoices'
  | 'get-invoice'
  | 'get-invoice-pdf'
  | 'adjust-invoice'
  | 'insurer-payment'}`

/** Invoices, and what staff book about them. */
export function invoiceHandlers(deps: Deps): Pick<Handlers<typeof billingRoutes>, InvoiceRoutes> {
  const { pool, sealer, today, now, config } = deps
  const read = async (invoiceId: string, actor: Actor, subject: (patientId: string) => void): Promise<Invoice> => {
    const row = await invoices.find(pool, invoiceId, today())
    if (!row) throw platformErrors['not-found']()
    requireReader(actor, row.patient_id)
    subject(row.patient_id)
    return toInvoice(row, await invoices.open(sealer, row))
  }
  return {
    'billing.list-invoices': async ({ params: { patientId }, query: { cursor, limit } }) => {
      const before = cursor === undefined ? null : decodeCursor(z.int(), cursor, 'query.cursor')
      const found = await invoices.ofPatient(pool, patientId, today(), before, limit)
      return { status: 200, body: toPage(found, limit, toSummary, ({ number }) => Number(number)) }
    },
    'billing.get-invoice': async ({ params, actor, subject }) => ({
      status: 200,
      body: await read(params.invoiceId, actor, subject),
    }),
    'billing.get-invoice-pdf': async ({ params, actor, subject }) => {
      const invoice = await read(params.invoiceId, actor, subject)
      const headers = { 'content-disposition': `inline; filename="${invoice.number}.pdf"` }
      return { status: 200, headers, body: await invoicePdf(invoice, now()) }
    },
    'billing.adjust-invoice': async ({ params, body, actor, idempotencyKey, subject }) => {
      const limit = hasRole(actor, 'admin') ? null : config.WELLGATE_WRITE_OFF_LIMIT
      const request = { ...params, ...body, limit, key: idempotencyKey, subject }
      return { status: 201, body: await adjustInvoice(deps, request) }
    },
    'billing.insurer-payment': async ({ params, body, idempotencyKey, subject }) => ({
      status: 201,
      body: await bookInsurerPayment(deps, { ...params, ...body, key: idempotencyKey, subject }),
    }),
  }
}
