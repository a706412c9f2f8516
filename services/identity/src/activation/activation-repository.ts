import type { PatientId } from '@wellgate/shared/contracts/ids'
import { execute, maybeOne, statement, type Queryable } from '@wellgate/shared/db/query'
import type { Tx } from '@wellgate/shared/db/tx'
import { MAX_TRIES } from './activation-code.ts'

const upsertPatient = statement(
  'activation.upsert-patient',
  `insert into patient_ref (patient_id, birth_date_hash, version) values ($1, $2, $3)
   on conflict (patient_id) do update set birth_date_hash = excluded.birth_date_hash, version = excluded.version
   where patient_ref.version < excluded.version`,
)

const knowsPatient = statement('activation.knows-patient', `select 1 from patient_ref where patient_id = $1`)

// A used code says that the patient has an account, in case the activation committed after `not exists` looked.
const replaceCode = statement(
  'activation.replace-code',
  `insert into activation_code (patient_id, code_hash, issued_by, issued_at, expires_at)
   select $1::uuid, $2::text, $3::uuid, $4::timestamptz, $5::timestamptz where not exists (select from account where patient_id = $1)
   on conflict (patient_id) do update
     set code_hash = excluded.code_hash, issued_by = excluded.issued_by, issued_at = excluded.issued_at,
         expires_at = excluded.expires_at, tries = 0
     where activation_code.used_at is null
   returning 1`,
)

const takeTry = statement<{ patient_id: PatientId; birth_date_hash: string }>(
  'activation.take-try',
  `update activation_code c set tries = c.tries + 1 from patient_ref p
   where p.patient_id = c.patient_id and c.code_hash = $1 and c.used_at is null and c.tries < ${MAX_TRIES} and c.expires_at > $2
   returning c.patient_id, p.birth_date_hash`,
)

const useCode = statement(
  'activation.use-code',
  `update activation_code set used_at = $3 where patient_id = $1 and code_hash = $2 and used_at is null and expires_at > $3 returning 1`,
)

export interface NewCode {
  readonly patientId: PatientId
  readonly codeHash: string
  readonly issuedBy: string
  readonly issuedAt: Date
  readonly expiresAt: Date
}

/** Takes what is newer of a patient; an older version or a repeat changes nothing. */
export async function learnPatient(
  tx: Tx,
  patient: { id: string; birthDateHash: string; version: number },
): Promise<void> {
  await execute(tx, upsertPatient, [patient.id, patient.birthDateHash, patient.version])
}

export const isKnownPatient = async (q: Queryable, id: string): Promise<boolean> =>
  (await maybeOne(q, knowsPatient, [id])) !== undefined

/** Puts a code in the place of the patient's last; false where the patient has an account. */
export async function putCode(
  q: Queryable,
  { patientId, codeHash, issuedBy, issuedAt, expiresAt }: NewCode,
): Promise<boolean> {
  return (await maybeOne(q, replaceCode, [patientId, codeHash, issuedBy, issuedAt, expiresAt])) !== undefined
}

/** Counts a try of a code that may still be used, before anything is compared: so many at once are counted one by one. */
export async function takeTryOf(
  q: Queryable,
  codeHash: string,
  now: Date,
): Promise<{ patientId: PatientId; birthDateHash: string } | undefined> {
  const row = await maybeOne(q, takeTry, [codeHash, now])
  return row && { patientId: row.patient_id, birthDateHash: row.birth_date_hash }
}

/** Uses a code up; false where a twin did, it expired or a new one took its place. */
export const useCodeOf = async (tx: Tx, patientId: PatientId, codeHash: string, now: Date): Promise<boolean> =>
  (await maybeOne(tx, useCode, [patientId, codeHash, now])) !== undefined
