import { z } from 'zod'
import { Day } from '../day.ts'
import { PatientId, Uuid } from '../ids.ts'
import { inOrder } from '../in-order.ts'

export const Currency = z
  .string()
  .regex(/^[A-Z]{3}$/)
  .describe('Three capital letters (ISO 4217)')

/** An amount in minor units (cents): never a fraction, so nothing is ever rounded twice. */
export const Money = z.object({ amount: z.int(), currency: Currency })
export type Money = z.infer<typeof Money>

/** The largest amount that is taken: far below where a double would lose a cent. */
export const MAX_AMOUNT = 1_000_000_000_000
export const Amount = z.int().min(1).max(MAX_AMOUNT).describe('Minor units, 1 or more')

export const Period = z
  .string()
  .regex(/^\d{4}-(0[1-9]|1[0-2])$/)
  .describe('A month, YYYY-MM')
export const PriceCode = z.string().trim().min(1).max(40)
export const ReasonText = z.string().trim().min(1).max(500)

export const INVOICE_STATUSES = ['open', 'overdue', 'paid', 'void'] as const

export const InvoiceSummary = z.object({
  id: Uuid,
  number: z.string().describe('Without gaps'),
  patientId: PatientId,
  appointmentId: Uuid.nullable(),
  issuedOn: z.iso.date(),
  dueOn: z.iso.date(),
  status: z.enum(INVOICE_STATUSES),
  total: Money,
  patientShare: Money,
  insurerShare: Money,
  paid: Money.describe('Of the patient’s share'),
  adjusted: Money.describe('Of the patient’s share'),
  insurerPaid: Money,
  insurerAdjusted: Money,
  outstanding: Money.describe('What the patient still owes of it'),
})
export type InvoiceSummary = z.infer<typeof InvoiceSummary>

export const InvoiceLine = z.object({
  code: z.string(),
  description: z.string(),
  servicedOn: z.iso.date(),
  quantity: z.int(),
  unitAmount: z.int(),
  amount: z.int(),
})
export type InvoiceLine = z.infer<typeof InvoiceLine>

export const Invoice = z.object({ ...InvoiceSummary.shape, lines: z.array(InvoiceLine) })
export type Invoice = z.infer<typeof Invoice>

export const Balance = z.object({
  balance: Money.describe('What the patient owes'),
  insurer: Money.describe('What is pending with the insurer'),
  overdue: Money.describe('What of the balance is past its day'),
})

export const Statement = z.object({
  period: Period,
  opening: Money,
  charged: Money,
  paid: Money,
  adjusted: Money,
  closing: Money,
})

export const PAYMENT_STATUSES = ['created', 'processing', 'succeeded', 'failed'] as const
export const Payment = z.object({
  id: Uuid,
  invoiceId: Uuid,
  patientId: PatientId,
  amount: Money,
  refunded: Money,
  status: z.enum(PAYMENT_STATUSES),
  failureCode: z.string().nullable().describe('Why it failed, by the processor’s code'),
  receiptNumber: z.string().nullable().describe('Once succeeded; without gaps'),
  createdAt: z.iso.datetime(),
  settledAt: z.iso.datetime().nullable(),
})
export type Payment = z.infer<typeof Payment>

export const Refund = z.object({
  id: Uuid,
  paymentId: Uuid,
  amount: Money,
  status: z.enum(PAYMENT_STATUSES),
  reason: z.string(),
  createdAt: z.iso.datetime(),
})
export type Refund = z.infer<typeof Refund>

export const Instalment = z.object({
  number: z.int(),
  dueOn: z.iso.date(),
  amount: Money,
  status: z.enum(['due', 'paid', 'missed']),
})
export const PaymentPlan = z.object({
  id: Uuid,
  invoiceId: Uuid,
  patientId: PatientId,
  status: z.enum(['active', 'completed', 'cancelled']),
  total: Money,
  instalments: z.array(Instalment),
})
export type PaymentPlan = z.infer<typeof PaymentPlan>

const term = { validFrom: Day, validTo: Day.nullable().default(null) }
const insurer = { payerName: z.string().trim().min(1).max(200), memberId: z.string().trim().min(1).max(100) }
export const CoverageFields = z
  .discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('copay'), copay: z.int().min(0).max(MAX_AMOUNT), ...insurer, ...term }),
    z.strictObject({ kind: z.literal('percentage'), patientPercent: z.int().min(0).max(100), ...insurer, ...term }),
  ])
  .refine(...inOrder('validFrom', 'validTo', 'not after'))
export type CoverageFields = z.infer<typeof CoverageFields>

export const Coverage = z.object({
  patientId: PatientId,
  payerName: z.string(),
  memberId: z.string(),
  kind: z.enum(['copay', 'percentage']),
  copay: Money.nullable(),
  patientPercent: z.int().nullable(),
  validFrom: z.iso.date(),
  validTo: z.iso.date().nullable(),
  version: z.int(),
})
export type Coverage = z.infer<typeof Coverage>

export const Price = z.object({
  code: z.string(),
  description: z.string(),
  amount: z.int(),
  currency: Currency,
  validFrom: z.iso.date(),
})
export type Price = z.infer<typeof Price>

export const Charge = z.object({
  id: Uuid,
  patientId: PatientId,
  appointmentId: Uuid.nullable(),
  servicedOn: z.iso.date(),
  code: z.string(),
  description: z.string().nullable(),
  quantity: z.int(),
  amount: Money.nullable().describe('Null while the code has no price'),
  status: z.enum(['unpriced', 'invoiced', 'void']),
  invoiceId: Uuid.nullable(),
})
export type Charge = z.infer<typeof Charge>

export const Estimate = z.object({
  visitTypeId: Uuid,
  name: z.string(),
  total: Money,
  patientShare: Money,
  insurerShare: Money,
  basis: z.enum(['self-pay', 'copay', 'percentage']),
  asOf: z.iso.date(),
  note: z.string(),
})

export const ACCOUNT_KINDS = [
  'patient-receivable',
  'insurer-receivable',
  'revenue',
  'cash',
  'processor-clearing',
  'adjustments',
  'write-offs',
  'refunds-payable',
] as const
export const AccountKind = z.enum(ACCOUNT_KINDS)
export type AccountKind = z.infer<typeof AccountKind>

export const ENTRY_KINDS = [
  'charge',
  'payment',
  'insurer-payment',
  'adjustment',
  'write-off',
  'refund',
  'reversal',
] as const
export const EntryKind = z.enum(ENTRY_KINDS)
export type EntryKind = z.infer<typeof EntryKind>

export const JournalEntry = z.object({
  id: Uuid,
  kind: EntryKind,
  bookedOn: z.iso.date(),
  invoiceId: Uuid.nullable(),
  reverses: Uuid.nullable(),
  lines: z.array(z.object({ account: AccountKind, amount: z.int().describe('A debit is positive') })),
  currency: Currency,
})
export type JournalEntry = z.infer<typeof JournalEntry>

export const AGE_BUCKETS = ['current', '1-30', '31-60', '61-90', 'over-90'] as const
export const Receivables = z.object({
  asOf: z.iso.date(),
  buckets: z.array(z.object({ bucket: z.enum(AGE_BUCKETS), invoices: z.int(), amount: Money })),
  total: Money,
  insurer: Money,
})

export const DayClose = z.object({
  day: z.iso.date().describe('This day and all before it are closed'),
  closedAt: z.iso.datetime(),
  entries: z.int(),
  totals: z.array(z.object({ account: AccountKind, debits: Money, credits: Money })),
  debits: Money,
  credits: Money,
})
export type DayClose = z.infer<typeof DayClose>

export const BillingHistoryItem = z.object({
  id: Uuid,
  kind: z
    .enum(['claim', 'explanation-of-benefit'])
    .describe('A claim with what its payers said of it, or an explanation whose claim was never sent'),
  date: z.string().describe('As in the file; may be a year or month only'),
  provider: z.string().nullable(),
  payer: z.string().nullable(),
  codes: z.array(
    z.object({ system: z.string().nullable(), code: z.string().nullable(), display: z.string().nullable() }),
  ),
  billed: Money.nullable(),
  paidByPayer: Money.nullable().describe('Null where no payer has said it'),
  patientShare: Money.nullable().describe('Copay, coinsurance and deductible, where the payer states them'),
})
export type BillingHistoryItem = z.infer<typeof BillingHistoryItem>
