import { invoiceOverdue } from '@wellgate/shared/contracts/billing/events'
import { PatientId } from '@wellgate/shared/contracts/ids'
import { rows } from '@wellgate/shared/db/query'
import { withTx } from '@wellgate/shared/db/tx'
import type { Deps } from '../deps.ts'
import { money } from '../money.ts'
import { numberText } from './invoice.ts'
import * as sql from './invoice-sql.ts'

const BATCH = 100

/** Tells once of each invoice that is past its day; gives how many there were. */
export async function tellOverdue(
  deps: Pick<Deps, 'pool' | 'outbox' | 'today'>,
  signal?: AbortSignal,
): Promise<number> {
  const { pool, outbox, today } = deps
  let told = 0
  for (;;) {
    const batch = await withTx(pool, async (tx) => {
      const marked = await rows(tx, sql.markOverdue, [today(), BATCH])
      for (const row of marked) {
        const payload = {
          invoiceId: row.id,
          patientId: PatientId.parse(row.patient_id),
          number: numberText('INV', row.number),
          dueOn: row.due_on,
          outstanding: money(row.rest, row.currency),
        }
        await outbox.append(tx, invoiceOverdue, { aggregateVersion: row.version, payload })
      }
      return marked.length
    })
    told += batch
    if (batch < BATCH || signal?.aborted) return told
  }
}
