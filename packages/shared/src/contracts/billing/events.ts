import { z } from 'zod'
import { event } from '../event.ts'
import { PatientId, Uuid } from '../ids.ts'
import { patientImportApplied } from '../patients/events.ts'
import { Money } from './models.ts'

const ofPatient = {
  version: 1,
  lane: 'default',
  producer: 'billing',
  key: 'patientId',
  // Who owes what, and since when, is theirs to tell.
  protected: true,
  // For messaging, when there is one.
  readers: [],
} as const

const invoice = { invoiceId: Uuid, patientId: PatientId, number: z.string(), dueOn: z.iso.date() }
const payment = { paymentId: Uuid, invoiceId: Uuid, patientId: PatientId, amount: Money }

export const invoiceIssued = event({
  ...ofPatient,
  type: 'invoice.issued',
  topic: 'invoice',
  summary: 'A patient was invoiced.',
  payload: z.object({ ...invoice, issuedOn: z.iso.date(), total: Money, patientShare: Money }),
})

export const invoiceOverdue = event({
  ...ofPatient,
  type: 'invoice.overdue',
  topic: 'invoice',
  summary: 'An invoice was not paid by its day; told once.',
  payload: z.object({ ...invoice, outstanding: Money }),
})

export const paymentSettled = event({
  ...ofPatient,
  type: 'payment.settled',
  topic: 'payment',
  summary: 'A payment succeeded and is booked.',
  payload: z.object({ ...payment, receiptNumber: z.string() }),
})

export const paymentFailed = event({
  ...ofPatient,
  type: 'payment.failed',
  topic: 'payment',
  summary: 'A payment failed; nothing was charged.',
  payload: z.object({ ...payment, code: z.string() }),
})

export const paymentRefunded = event({
  ...ofPatient,
  type: 'payment.refunded',
  topic: 'payment',
  summary: 'All or a part of a payment was given back.',
  payload: z.object({ ...payment, refundId: Uuid }),
})

export const paymentRefundReturned = event({
  ...ofPatient,
  type: 'payment.refund-returned',
  topic: 'payment',
  summary: 'A refund that was told of did not reach the payer: the money is here again, and the refund is reversed.',
  payload: z.object({ ...payment, refundId: Uuid }),
})

export const instalmentMissed = event({
  ...ofPatient,
  type: 'payment-plan.instalment-missed',
  topic: 'payment-plan',
  summary: 'An instalment was not paid by its day; told once.',
  payload: z.object({
    planId: Uuid,
    invoiceId: Uuid,
    patientId: PatientId,
    number: z.int(),
    dueOn: z.iso.date(),
    amount: Money,
    missing: Money,
  }),
})

export const billingImportApplied = event({
  ...patientImportApplied,
  type: 'import-applied.billing',
  producer: 'billing',
  summary: 'A chunk of claims and explanations of benefit was applied; each item says what became of it.',
})

export const billingEvents = [
  invoiceIssued,
  invoiceOverdue,
  paymentSettled,
  paymentFailed,
  paymentRefunded,
  paymentRefundReturned,
  instalmentMissed,
  billingImportApplied,
] as const
