import type { JournalEntry } from '@wellgate/shared/contracts/billing/models'
import { execute, maybeOne } from '@wellgate/shared/db/query'
import { withTx, type Tx } from '@wellgate/shared/db/tx'
import { platformErrors } from '@wellgate/shared/errors/platform-errors'
import { voidCharges } from '../charges/charge-sql.ts'
import type { Deps } from '../deps.ts'
import { billingErrors } from '../errors.ts'
import * as invoiceSql from '../invoices/invoice-sql.ts'
import { lockInvoice } from '../invoices/settle.ts'
import * as sql from './ledger-sql.ts'
import { ledgerConstraints, postEntry, sealReason } from './post-entry.ts'
import { storedEntry } from './stored-entry.ts'

/**
 * Takes an entry back by its opposite, and what it did to its invoice with it.
 * @throws `not-found`, `not-reversible`, `already-reversed`, `has-payments` (a charge of which something was paid),
 * `day-closed`
 */
export async function reverseEntry(
  deps: Deps,
  request: { readonly entryId: string; readonly reason: string; subject(patientId: string): void },
): Promise<JournalEntry> {
  const { pool, sealer, newId, today } = deps
  const found = await maybeOne(pool, sql.entryById, [request.entryId])
  if (!found) throw platformErrors['not-found']()
  const { id: reverses, patient_id: patientId, invoice_id: invoiceId } = found
  request.subject(patientId)
  const undo = invoiceId === null ? undefined : undoOf(found)
  if (invoiceId === null || !undo)
    throw billingErrors['not-reversible']({
      fields: [{ field: 'params.entryId', expected: 'a charge, an adjustment, a write-off or an insurer’s payment' }],
    })
  const id = newId()
  const reason = await sealReason(sealer, id, patientId, request.reason)
  const lines = found.lines.map(({ account, amount }) => ({ account, amount: -amount }))
  const currency = found.lines[0]?.currency ?? deps.currency
  const entry = {
    id,
    kind: 'reversal',
    bookedOn: today(),
    currency,
    patientId,
    invoiceId,
    reverses,
    reason,
    lines,
  } as const
  await withTx(
    pool,
    async (tx) => {
      await lockInvoice(tx, invoiceId)
      if (await maybeOne(tx, sql.reversalOf, [reverses])) throw billingErrors['already-reversed']()
      await undo(tx, invoiceId)
      await postEntry(tx, entry)
    },
    { constraints: ledgerConstraints, retry: true },
  )
  return storedEntry(pool, id)
}

type Undo = (tx: Tx, invoiceId: string) => Promise<void>

/** What undoes the effect of an entry on its invoice; undefined for entries that are not taken back. */
function undoOf({ kind, lines }: sql.EntryRow): Undo | undefined {
  const credited = lines.find(({ amount }) => amount < 0)
  if (!credited) return undefined
  const back =
    (move: typeof invoiceSql.adjustPatient): Undo =>
    async (tx, invoiceId) => {
      if (!(await maybeOne(tx, move, [invoiceId, credited.amount]))) throw new Error('an entry is not in its invoice')
    }
  switch (kind) {
    case 'charge':
      return async (tx, invoiceId) => {
        if (!(await maybeOne(tx, invoiceSql.voidInvoice, [invoiceId]))) throw billingErrors['has-payments']()
        await execute(tx, voidCharges, [invoiceId])
      }
    case 'adjustment':
    case 'write-off':
      return back(credited.account === 'patient-receivable' ? invoiceSql.adjustPatient : invoiceSql.adjustInsurer)
    case 'insurer-payment':
      return back(invoiceSql.payInsurer)
    case 'payment':
    case 'refund':
    case 'reversal':
      return undefined
    default:
      return kind satisfies never
  }
}
