import { execute, rows } from '@wellgate/shared/db/query'
import { withTx } from '@wellgate/shared/db/tx'
import type { Platform } from '@wellgate/shared/runtime/platform'
import { lockedEntry } from './locked-entry.ts'
import { serveEach } from './serve-each.ts'
import { step } from './wait-events.ts'
import * as sql from './wait-sql.ts'

/**
 * Who waited in vain waits no longer, and is told so; what has been over for a month is forgotten.
 * @throws what failed first; all others are told nevertheless, unless the database is away
 */
export async function forgetPast({ pool, outbox }: Pick<Platform, 'pool' | 'outbox'>): Promise<void> {
  const failures = await serveEach(await rows(pool, sql.waitedInVain), ({ id }) =>
    withTx(pool, async (tx) => {
      const entry = await lockedEntry(tx, id)
      if (entry?.status === 'waiting') await step(outbox, tx, { id, patientId: entry.patient_id }, 'ended')
    }),
  )
  await execute(pool, sql.deleteLongOver)
  if (failures.length > 0) throw failures[0]
}
