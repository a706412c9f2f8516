import type { AccountKind, EntryKind, JournalEntry } from '@wellgate/shared/contracts/billing/models'
import { maybeOne, one } from '@wellgate/shared/db/query'
import { withTx, type Tx } from '@wellgate/shared/db/tx'
import { platformErrors } from '@wellgate/shared/errors/platform-errors'
import { type IdempotencyKey, keyReused, once } from '@wellgate/shared/http/idempotency'
import type { Deps } from '../deps.ts'
import { billingErrors } from '../errors.ts'
import { ledgerConstraints, postEntry, sealReason } from '../ledger/post-entry.ts'
import { storedEntry } from '../ledger/stored-entry.ts'
import { requireCurrency } from '../money.ts'
import { invoices } from './invoice-repository.ts'
import * as sql from './invoice-sql.ts'
import { aboveBalance, lockInvoice } from './settle.ts'

interface Request {
  readonly invoiceId: string
  readonly amount: number
  readonly currency: string
  readonly key: IdempotencyKey
  subject(patientId: string): void
}

/**
 * Forgives a part of an invoice. `limit` is how much of one invoice the caller may forgive in all, null for any amount.
 * @throws `not-found`, `wrong-currency`, `invoice-void`, `above-balance`, `above-limit`, `payment-in-flight`
 */
export function adjustInvoice(
  deps: Deps,
  request: Request & {
    readonly kind: 'adjustment' | 'write-off'
    readonly share: 'patient' | 'insurer'
    readonly reason: string
    readonly limit: number | null
  },
): Promise<JournalEntry> {
  const { kind, share, amount, limit } = request
  return book(deps, request, {
    kind,
    note: request.reason,
    debit: kind === 'adjustment' ? 'adjustments' : 'write-offs',
    credit: share === 'patient' ? 'patient-receivable' : 'insurer-receivable',
    move: share === 'patient' ? sql.adjustPatient : sql.adjustInsurer,
    check(parts, reserved) {
      const rest = share === 'patient' ? parts.patient_rest : parts.insurer_rest
      if (share === 'patient' && amount > rest && amount <= rest + reserved) throw billingErrors['payment-in-flight']()
      if (amount > rest) throw aboveBalance(rest)
      const forgiven = parts.adjusted + parts.insurer_adjusted
      if (limit !== null && forgiven + amount > limit) throw billingErrors['above-limit']()
    },
  })
}

/**
 * Books what the insurer has paid of its share.
 * @throws `not-found`, `wrong-currency`, `invoice-void`, `above-balance`
 */
export function bookInsurerPayment(
  deps: Deps,
  request: Request & { readonly reference: string },
): Promise<JournalEntry> {
  return book(deps, request, {
    kind: 'insurer-payment',
    note: request.reference,
    debit: 'cash',
    credit: 'insurer-receivable',
    move: sql.payInsurer,
    check({ insurer_rest }) {
      if (request.amount > insurer_rest) throw aboveBalance(insurer_rest)
    },
  })
}

interface Booking {
  readonly kind: EntryKind
  /** Sealed with the entry. */
  readonly note: string
  readonly debit: AccountKind
  readonly credit: AccountKind
  readonly move: typeof sql.adjustPatient
  check(parts: sql.Parts, reserved: number): void
}

async function book(deps: Deps, request: Request, booking: Booking): Promise<JournalEntry> {
  const { pool, sealer, newId, currency, today } = deps
  const { invoiceId, amount, key } = request
  const { kind, debit, credit } = booking
  const found = await invoices.find(pool, invoiceId, today())
  if (!found) throw platformErrors['not-found']()
  const patientId = found.patient_id
  request.subject(patientId)
  requireCurrency(request.currency, currency)
  const id = newId()
  const reason = await sealReason(sealer, id, patientId, booking.note)
  const effect = async (tx: Tx) => {
    const { voided, reserved } = await lockInvoice(tx, invoiceId)
    if (voided) throw billingErrors['invoice-void']()
    booking.check(await one(tx, sql.partsOf, [invoiceId]), reserved)
    if (!(await maybeOne(tx, booking.move, [invoiceId, amount])))
      throw new Error('the invoice has changed under its lock')
    const lines = [
      { account: debit, amount },
      { account: credit, amount: -amount },
    ]
    await postEntry(tx, { id, kind, bookedOn: today(), currency, patientId, invoiceId, reason, lines })
    return { status: 201, resultId: id }
  }
  const done = await withTx(pool, (tx) => once(tx, key, () => effect(tx)), {
    constraints: ledgerConstraints,
    retry: true,
  })
  const entry = await storedEntry(pool, done.resultId)
  // The key is the caller's for the route; the invoice is in the path, which the stored hash does not know.
  if (entry.invoiceId !== invoiceId) throw keyReused()
  return entry
}
