import type { AccountKind, EntryKind } from '@wellgate/shared/contracts/billing/models'
import { execute, rows } from '@wellgate/shared/db/query'
import type { ConstraintTable } from '@wellgate/shared/db/sqlstate'
import type { Tx } from '@wellgate/shared/db/tx'
import type { Sealer } from '@wellgate/shared/crypto/sealer'
import { billingErrors } from '../errors.ts'
import * as sql from './ledger-sql.ts'

/** A debit is positive, a credit negative; minor units. */
export interface Line {
  readonly account: AccountKind
  readonly amount: number
}

export interface Entry {
  readonly id: string
  readonly kind: EntryKind
  /** The day of the books: `deps.today()`. */
  readonly bookedOn: string
  readonly currency: string
  /** Whose receivables the lines mean. */
  readonly patientId: string
  readonly invoiceId?: string | undefined
  readonly paymentId?: string | undefined
  readonly refundId?: string | undefined
  readonly reverses?: string | undefined
  /** By {@link sealReason}, before the transaction. */
  readonly reason?: Buffer | undefined
  /** Two or more that sum to zero; lines of zero are left out. */
  readonly lines: readonly Line[]
}

/** What the constraints of the ledger mean to the caller; for `withTx`. */
export const ledgerConstraints: ConstraintTable = {
  journal_entry_open_day: () => billingErrors['day-closed'](),
  journal_entry_reversed_once: () => billingErrors['already-reversed'](),
}

const OF_PATIENT = new Set<AccountKind>(['patient-receivable', 'insurer-receivable'])

/** Seals why an entry is booked. It may need a connection for the data key: call it before a transaction begins. */
export const sealReason = (sealer: Sealer, entryId: string, patientId: string, reason: string): Promise<Buffer> =>
  sealer.seal({ table: 'journal_entry', column: 'reason_sealed', row: entryId, patient: patientId }, reason)

/**
 * Books an entry in the caller's transaction; the database refuses at commit what does not sum to zero, and a second
 * entry for one payment, refund, invoice or reversed entry at once. Lock the invoice's row before.
 * @throws by `ledgerConstraints`: `day-closed`, `already-reversed`
 */
export async function postEntry(tx: Tx, entry: Entry): Promise<void> {
  const lines = entry.lines.filter(({ amount }) => amount !== 0)
  const kinds = [...new Set(lines.map(({ account }) => account))]
  const accounts = await accountsOf(tx, kinds, entry.patientId, entry.currency)
  const { id, bookedOn, kind, patientId } = entry
  const about = [entry.invoiceId ?? null, entry.paymentId ?? null, entry.refundId ?? null, entry.reverses ?? null]
  await execute(tx, sql.insertEntry, [id, bookedOn, kind, patientId, ...about, entry.reason ?? null])
  const ids = lines.map(({ account }) => accounts.get(account))
  await execute(tx, sql.insertLines, [id, ids, lines.map(({ amount }) => amount)])
}

async function accountsOf(
  tx: Tx,
  kinds: readonly AccountKind[],
  patientId: string,
  currency: string,
): Promise<ReadonlyMap<AccountKind, string>> {
  const patients = kinds.map((kind) => (OF_PATIENT.has(kind) ? patientId : null))
  const find = async () =>
    new Map((await rows(tx, sql.findAccounts, [kinds, patients, currency])).map(({ kind, id }) => [kind, id]))
  const found = await find()
  if (found.size === kinds.length) return found
  await execute(tx, sql.openAccounts, [kinds, patients, currency])
  return find()
}
