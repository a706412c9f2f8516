import type { Invoice, InvoiceLine, InvoiceSummary } from '@wellgate/shared/contracts/billing/models'
import { PatientId } from '@wellgate/shared/contracts/ids'
import { money } from '../money.ts'

/** An invoice as lists need it. */
export interface InvoiceSummaryRow {
  readonly id: string
  readonly number: string
  readonly patient_id: string
  readonly appointment_id: string | null
  readonly issued_on: string
  readonly due_on: string
  readonly currency: string
  readonly total: number
  readonly patient_share: number
  readonly insurer_share: number
  readonly paid: number
  readonly adjusted: number
  readonly insurer_paid: number
  readonly insurer_adjusted: number
  readonly voided: boolean
  /** What of it is past its day, by its plan where it has one. */
  readonly past_due: number
  readonly version: number
}

/** With its lines, sealed. */
export interface InvoiceRow extends InvoiceSummaryRow {
  readonly document: Buffer
}

/** What of an invoice is sealed. */
export interface InvoiceDocument {
  readonly lines: readonly InvoiceLine[]
}

/** How the number of an invoice or a receipt is written. */
export const numberText = (prefix: 'INV' | 'RCT', value: number | string): string =>
  `${prefix}-${String(value).padStart(6, '0')}`

/** What the patient still owes of it. */
export const restOf = (row: Pick<InvoiceSummaryRow, 'voided' | 'patient_share' | 'paid' | 'adjusted'>): number =>
  row.voided ? 0 : row.patient_share - row.paid - row.adjusted

function statusOf(row: InvoiceSummaryRow): InvoiceSummary['status'] {
  if (row.voided) return 'void'
  if (restOf(row) === 0) return 'paid'
  return row.past_due > 0 ? 'overdue' : 'open'
}

/** An invoice as lists show it: nothing of it is sealed. */
export function toSummary(row: InvoiceSummaryRow): InvoiceSummary {
  const of = (amount: number) => money(amount, row.currency)
  return {
    id: row.id,
    number: numberText('INV', row.number),
    patientId: PatientId.parse(row.patient_id),
    appointmentId: row.appointment_id,
    issuedOn: row.issued_on,
    dueOn: row.due_on,
    status: statusOf(row),
    total: of(row.total),
    patientShare: of(row.patient_share),
    insurerShare: of(row.insurer_share),
    paid: of(row.paid),
    adjusted: of(row.adjusted),
    insurerPaid: of(row.insurer_paid),
    insurerAdjusted: of(row.insurer_adjusted),
    outstanding: of(restOf(row)),
  }
}

/** An invoice with its lines. */
export const toInvoice = (row: InvoiceRow, { lines }: InvoiceDocument): Invoice => ({
  ...toSummary(row),
  lines: lines.map((line) => ({ ...line })),
})
