import type { Sealer } from '@wellgate/shared/crypto/sealer'
import { maybeOne, rows, type Queryable } from '@wellgate/shared/db/query'
import type { InvoiceDocument, InvoiceRow } from './invoice.ts'
import * as sql from './invoice-sql.ts'

const placeOf = (row: string, patient: string) => ({ table: 'invoice', column: 'document', row, patient })

/** Invoices as they are stored; their lines go in sealed and come out open. */
export const invoices = {
  /** As on the day `today`. */
  find: (q: Queryable, id: string, today: string): Promise<InvoiceRow | undefined> =>
    maybeOne(q, sql.invoiceById, [today, id]),

  /** `limit` and one more, latest first, with numbers below `before`. */
  ofPatient: (q: Queryable, patientId: string, today: string, before: number | null, limit: number) =>
    rows(q, sql.invoicesOfPatient, [today, patientId, before, limit + 1]),

  seal: (sealer: Sealer, id: string, patientId: string, document: InvoiceDocument): Promise<Buffer> =>
    sealer.sealValue(placeOf(id, patientId), document),

  open: (sealer: Sealer, row: InvoiceRow): Promise<InvoiceDocument> =>
    sealer.openValue(placeOf(row.id, row.patient_id), row.document),
}
