import type { Coverage, CoverageFields } from '@wellgate/shared/contracts/billing/models'
import { PatientId } from '@wellgate/shared/contracts/ids'
import type { Sealer } from '@wellgate/shared/crypto/sealer'
import { execute, maybeOne, one, statement, type Queryable } from '@wellgate/shared/db/query'
import type { Tx } from '@wellgate/shared/db/tx'
import { money } from '../money.ts'
import { inForce } from './share.ts'

interface CoverageRow {
  readonly version: number
  readonly document: Buffer
}

const FIND = statement<CoverageRow>('coverage.find', 'select version, document from coverage where patient_id = $1')

/** The latest that was put for the day $2 or one before it: a later one says nothing of that day. */
const ON = statement<CoverageRow>(
  'coverage.on',
  `select version, document from (
     select version, valid_from, document from coverage where patient_id = $1
     union all select version, valid_from, document from coverage_history where patient_id = $1) as put
    where valid_from <= $2 order by version desc limit 1`,
)

/** The prior version goes to the history first: in one statement it would be gone before it is read. */
const ARCHIVE = statement(
  'coverage.archive',
  `insert into coverage_history (patient_id, version, valid_from, valid_to, changed_by, updated_at, document)
   select patient_id, version, valid_from, valid_to, changed_by, updated_at, document from coverage where patient_id = $1`,
)
const PUT = statement<{ version: number }>(
  'coverage.put',
  `insert into coverage as c (patient_id, version, valid_from, valid_to, changed_by, document)
   values ($1, 1, $2, $3, $4, $5)
   on conflict (patient_id) do update set version = c.version + 1, valid_from = excluded.valid_from,
     valid_to = excluded.valid_to, changed_by = excluded.changed_by, document = excluded.document,
     updated_at = clock_timestamp()
   returning version`,
)

// Two that put at once take turns, so that each version is in the history once.
const TAKE_TURNS = statement(
  'coverage.take-turns',
  `select pg_advisory_xact_lock(hashtextextended('wellgate/billing/coverage/' || $1, 0))`,
)

const placeOf = (patient: string) => ({ table: 'coverage', column: 'document', row: patient, patient })

/** Seals an insurance. It may need a connection for the data key: call it before a transaction begins. */
export const sealCoverage = (sealer: Sealer, patientId: string, fields: CoverageFields): Promise<Buffer> =>
  sealer.sealValue(placeOf(patientId), fields)

/** Stores a sealed insurance as the present one; gives its version. */
export async function putCoverage(
  tx: Tx,
  of: { patientId: string; fields: CoverageFields; document: Buffer; by: string },
): Promise<number> {
  await one(tx, TAKE_TURNS, [of.patientId])
  await execute(tx, ARCHIVE, [of.patientId])
  const { validFrom, validTo } = of.fields
  return (await one(tx, PUT, [of.patientId, validFrom, validTo, of.by, of.document])).version
}

/** The insurance on file that was put last, whether in force or not. */
export async function findCoverage(
  q: Queryable,
  sealer: Sealer,
  patientId: string,
): Promise<{ readonly fields: CoverageFields; readonly version: number } | undefined> {
  const row = await maybeOne(q, FIND, [patientId])
  return row && { fields: await open(sealer, patientId, row), version: row.version }
}

/** The insurance in force on a day, if one is: until its first day, one that was put later leaves the one before in force. */
export async function coverageOn(
  q: Queryable,
  sealer: Sealer,
  patientId: string,
  day: string,
): Promise<CoverageFields | undefined> {
  const row = await maybeOne(q, ON, [patientId, day])
  const fields = row && (await open(sealer, patientId, row))
  return fields && inForce(fields, day) ? fields : undefined
}

const open = (sealer: Sealer, patientId: string, { document }: CoverageRow): Promise<CoverageFields> =>
  sealer.openValue(placeOf(patientId), document)

/** An insurance as it is shown. */
export function toCoverage(patientId: string, fields: CoverageFields, version: number, currency: string): Coverage {
  const { payerName, memberId, kind, validFrom, validTo } = fields
  return {
    patientId: PatientId.parse(patientId),
    payerName,
    memberId,
    kind,
    copay: kind === 'copay' ? money(fields.copay, currency) : null,
    patientPercent: kind === 'percentage' ? fields.patientPercent : null,
    validFrom,
    validTo,
    version,
  }
}
