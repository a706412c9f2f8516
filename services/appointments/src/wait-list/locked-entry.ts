import { execute, maybeOne } from '@wellgate/shared/db/query'
import type { Tx } from '@wellgate/shared/db/tx'
import { platformErrors } from '@wellgate/shared/errors/platform-errors'
import * as sql from './wait-sql.ts'

/**
 * An entry that nobody else changes until the commit; undefined where there is none. It is read after it was locked: one
 * statement that does both would see the entry of now with the offer of before it had to wait.
 */
export async function lockedEntry(tx: Tx, id: string): Promise<sql.WaitRow | undefined> {
  await execute(tx, sql.lockWait, [id])
  return maybeOne(tx, sql.waitById, [id])
}

/** The patient's own entry, locked. @throws `not-found`, for another's as for one that there is not */
export async function lockOwn(tx: Tx, id: string, patientId: string): Promise<sql.WaitRow> {
  const row = await lockedEntry(tx, id)
  if (row?.patient_id !== patientId) throw platformErrors['not-found']()
  return row
}
