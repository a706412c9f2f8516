import type { JournalEntry } from '@wellgate/shared/contracts/billing/models'
import { one, type Queryable } from '@wellgate/shared/db/query'
import * as sql from './ledger-sql.ts'

/** An entry that is known to be there. @throws Error where it is not */
export async function storedEntry(q: Queryable, id: string): Promise<JournalEntry> {
  const row = await one(q, sql.entryById, [id])
  return {
    id: row.id,
    kind: row.kind,
    bookedOn: row.booked_on,
    invoiceId: row.invoice_id,
    reverses: row.reverses,
    lines: row.lines.map(({ account, amount }) => ({ account, amount })),
    currency: row.lines[0]?.currency ?? '',
  }
}
