import { maybeOne } from '@wellgate/shared/db/query'
import type { Tx } from '@wellgate/shared/db/tx'
import { platformErrors } from '@wellgate/shared/errors/platform-errors'
import { billingErrors } from '../errors.ts'
import * as sql from './settle-sql.ts'

/** An invoice whose row is locked until the transaction ends. */
export interface LockedInvoice {
  readonly id: string
  readonly patientId: string
  readonly currency: string
  /** What the patient still owes of it and no payment in flight has reserved. */
  readonly free: number
  readonly reserved: number
  readonly version: number
}

/**
 * Locks an invoice for who will book something about it; take it before any other lock.
 * @throws `not-found`
 */
export async function lockInvoice(tx: Tx, invoiceId: string): Promise<LockedInvoice & { readonly voided: boolean }> {
  const row = await maybeOne(tx, sql.lockInvoice, [invoiceId])
  if (!row) throw platformErrors['not-found']()
  return { ...row, patientId: row.patient_id }
}

/**
 * Reserves an amount for a payment that is to be asked of the processor: two cannot pay more than is owed. Gives the
 * locked invoice as it was before.
 * @throws `not-found`, `invoice-void`, `already-paid`, `payment-in-flight` (what is left is reserved), `above-balance`
 */
export async function reservePayment(tx: Tx, invoiceId: string, amount: number): Promise<LockedInvoice> {
  const invoice = await lockInvoice(tx, invoiceId)
  if (invoice.voided) throw billingErrors['invoice-void']()
  if (invoice.free + invoice.reserved === 0) throw billingErrors['already-paid']()
  if (amount > invoice.free + invoice.reserved) throw aboveBalance(invoice.free)
  if (amount > invoice.free) throw billingErrors['payment-in-flight']({ retryAfter: 5 })
  await moved(tx, sql.reserve, invoiceId, amount)
  return invoice
}

/** What more than the rest of an invoice was asked for. */
export const aboveBalance = (rest: number) =>
  billingErrors['above-balance']({ fields: [{ field: 'body.amount', expected: `at most ${rest}` }] })

/** Gives a reservation back: the payment failed. Gives the invoice's version after it. */
export const releasePayment = (tx: Tx, invoiceId: string, amount: number): Promise<number> =>
  moved(tx, sql.release, invoiceId, amount)

/** What was reserved is paid. Gives the invoice's version after it. Book the entry in the same transaction. */
export const applyPayment = (tx: Tx, invoiceId: string, amount: number): Promise<number> =>
  moved(tx, sql.apply, invoiceId, amount)

/** What was paid is given back, and is owed again. Gives the invoice's version after it. */
export const unapplyPayment = (tx: Tx, invoiceId: string, amount: number): Promise<number> =>
  moved(tx, sql.unapply, invoiceId, amount)

async function moved(tx: Tx, move: typeof sql.reserve, invoiceId: string, amount: number): Promise<number> {
  const row = await maybeOne(tx, move, [invoiceId, amount])
  if (!row) throw new Error(`${move.name}: the invoice does not allow it`)
  return row.version
}
