import { execute, maybeOne, statement, type Queryable } from '@wellgate/shared/db/query'
import type { Tx } from '@wellgate/shared/db/tx'
import { billingErrors } from './errors.ts'

const KNOW = statement('patient.know', 'insert into patient (id) values ($1) on conflict (id) do nothing')
const EXISTS = statement('patient.exists', 'select from patient where id = $1')

/** Remembers that a patient exists; again does nothing. */
export async function knowPatient(tx: Tx, patientId: string): Promise<void> {
  await execute(tx, KNOW, [patientId])
}

/** `field` is where the request names them. @throws `unknown-patient` where this service has not heard of them */
export async function requireKnown(q: Queryable, patientId: string, field: string): Promise<void> {
  if (await maybeOne(q, EXISTS, [patientId])) return
  throw billingErrors['unknown-patient']({ fields: [{ field, expected: 'a patient that there is' }] })
}
