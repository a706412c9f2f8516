import { instalmentMissed } from '@wellgate/shared/contracts/billing/events'
import { PatientId } from '@wellgate/shared/contracts/ids'
import { one, rows } from '@wellgate/shared/db/query'
import { withTx } from '@wellgate/shared/db/tx'
import type { Deps } from '../deps.ts'
import { money } from '../money.ts'
import * as sql from './plan-sql.ts'

const BATCH = 100

/** Tells once of each instalment that was not met by its day; gives how many there were. */
export async function tellMissed(deps: Pick<Deps, 'pool' | 'outbox' | 'today'>, signal?: AbortSignal): Promise<number> {
  const { pool, outbox, today } = deps
  let told = 0
  for (;;) {
    const batch = await withTx(pool, async (tx) => {
      const missed = await rows(tx, sql.markMissed, [today(), BATCH])
      for (const row of missed) {
        const { version } = await one(tx, sql.nextVersion, [row.plan_id])
        const payload = {
          planId: row.plan_id,
          invoiceId: row.invoice_id,
          patientId: PatientId.parse(row.patient_id),
          number: row.number,
          dueOn: row.due_on,
          amount: money(row.amount, row.currency),
          missing: money(row.missing, row.currency),
        }
        await outbox.append(tx, instalmentMissed, { aggregateVersion: version, payload })
      }
      return missed.length
    })
    told += batch
    if (batch < BATCH || signal?.aborted) return told
  }
}
