import type { Payment, PAYMENT_STATUSES, Refund } from '@wellgate/shared/contracts/billing/models'
import { PatientId } from '@wellgate/shared/contracts/ids'
import { numberText } from '../invoices/invoice.ts'
import { money } from '../money.ts'

export type PaymentStatus = (typeof PAYMENT_STATUSES)[number]

export interface PaymentRow {
  readonly id: string
  readonly invoice_id: string
  readonly patient_id: string
  readonly amount: number
  readonly refunded: number
  readonly currency: string
  readonly status: PaymentStatus
  readonly failure_code: string | null
  readonly intent_id: string | null
  readonly receipt_number: string | null
  readonly version: number
  readonly created_at: Date
  readonly settled_at: Date | null
  readonly method: Buffer
}

export interface RefundRow {
  readonly id: string
  readonly payment_id: string
  readonly patient_id: string
  readonly invoice_id: string
  readonly intent_id: string
  readonly amount: number
  readonly currency: string
  readonly status: PaymentStatus
  readonly processor_id: string | null
  readonly version: number
  readonly created_at: Date
  readonly reason: Buffer
}

/** Nothing more becomes of it. */
export const isSettled = ({ status }: { readonly status: PaymentStatus }): boolean =>
  status === 'succeeded' || status === 'failed'

/** Whether the processor has heard of it is our matter: to the caller it is on its way. */
const shown = (status: PaymentStatus): PaymentStatus => (status === 'created' ? 'processing' : status)

export const toPayment = (row: PaymentRow): Payment => ({
  id: row.id,
  invoiceId: row.invoice_id,
  patientId: PatientId.parse(row.patient_id),
  amount: money(row.amount, row.currency),
  refunded: money(row.refunded, row.currency),
  status: shown(row.status),
  failureCode: row.failure_code === null ? null : codeToTell(row.failure_code),
  receiptNumber: row.receipt_number === null ? null : numberText('RCT', row.receipt_number),
  createdAt: row.created_at.toISOString(),
  settledAt: row.settled_at?.toISOString() ?? null,
})

export const toRefund = (row: RefundRow, reason: string): Refund => ({
  id: row.id,
  paymentId: row.payment_id,
  amount: money(row.amount, row.currency),
  status: shown(row.status),
  reason,
  createdAt: row.created_at.toISOString(),
})

export const methodPlace = (row: string, patient: string) => ({ table: 'payment', column: 'method', row, patient })
export const reasonPlace = (row: string, patient: string) => ({ table: 'refund', column: 'reason', row, patient })

const TOLD = new Set([
  'insufficient_funds',
  'expired_card',
  'incorrect_cvc',
  'incorrect_number',
  'processing_error',
  'authentication_required',
])

/** Why a card was refused, as far as it helps who pays; that it was reported stolen is not for whoever holds it. */
export const codeToTell = (code: string): string => (TOLD.has(code) ? code : 'card_declined')
