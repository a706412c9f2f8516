import { execute, maybeOne, type Queryable, statement } from '@wellgate/shared/db/query'
import type { Tx } from '@wellgate/shared/db/tx'

const KNOW = statement('patient.know', 'insert into patient (id) values ($1) on conflict (id) do nothing')
const EXISTS = statement<{ id: string }>('patient.exists', 'select id from patient where id = $1')

/** Remembers that a patient exists; again does nothing. */
export async function knowPatient(tx: Tx, patientId: string): Promise<void> {
  await execute(tx, KNOW, [patientId])
}

/** Whether the patient exists, as far as this service has heard. */
export async function isKnown(q: Queryable, patientId: string): Promise<boolean> {
  return (await maybeOne(q, EXISTS, [patientId])) !== undefined
}
