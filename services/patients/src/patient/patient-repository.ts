import type { Sealer } from '@wellgate/shared/crypto/sealer'
import { execute, maybeOne, one, type Queryable, rows } from '@wellgate/shared/db/query'
import type { ConstraintTable } from '@wellgate/shared/db/sqlstate'
import type { Tx } from '@wellgate/shared/db/tx'
import { patientsErrors } from '../errors.ts'
import { type IdentifierIndex, identifierIndexes } from './identifiers.ts'
import { formatMrn } from './mrn.ts'
import type { PatientDocument, StoredPatient } from './patient.ts'
import * as sql from './patient-sql.ts'
import { type Criteria, criteriaIndexes, type SearchKeys, wordIndexes } from './search-keys.ts'

/** A document ready to be stored: sealed, with the index values that it is found by. */
export interface SealedPatient {
  readonly id: string
  readonly source: string
  readonly document: Buffer
  readonly mrnIndex: string
  readonly words: readonly string[]
  readonly identifiers: readonly IdentifierIndex[]
}

/** What broken constraints of the tables mean to the caller; for `withTx`. */
export const patientConstraints: ConstraintTable = {
  patient_identifier_exclusive: () => patientsErrors['identifier-in-use'](),
}

const placeOf = (id: string) => ({ table: 'patient', column: 'document', row: id, patient: id })
const stored = (row: sql.PatientRow, document: PatientDocument): StoredPatient => ({
  id: row.id,
  version: row.version,
  source: row.source,
  sourceHash: row.source_hash,
  locallyChanged: row.locally_changed,
  document,
})

export type PatientRepository = ReturnType<typeof createPatientRepository>

/** The patients of the service. The only place that knows the tables; documents go in sealed and come out open. */
export function createPatientRepository({ sealer, keys }: { sealer: Sealer; keys: SearchKeys }) {
  const open = async (row: sql.PatientRow | undefined): Promise<StoredPatient | undefined> =>
    row && stored(row, await sealer.openValue<PatientDocument>(placeOf(row.id), row.document))
  /** Data keys in one query, then each row without waiting. */
  const openAll = async (found: readonly sql.PatientRow[]): Promise<StoredPatient[]> => {
    if (found.length > 0) await sealer.prefetch(found.map(({ id }) => id))
    return found.map((row) => stored(row, sealer.openValueSync<PatientDocument>(placeOf(row.id), row.document)))
  }

  return {
    /** The next medical record number; numbers of what is rolled back are not given again. */
    async nextMrn(q: Queryable): Promise<string> {
      return formatMrn(BigInt((await one(q, sql.nextMrnNumber)).number))
    },

    /** Seals a document. It may need a connection of its own for the data key: call it before a transaction begins. */
    async seal(patient: Pick<StoredPatient, 'id' | 'source' | 'document'>): Promise<SealedPatient> {
      const { id, source, document } = patient
      return {
        id,
        source,
        document: await sealer.sealValue(placeOf(id), document),
        mrnIndex: keys.mrn(document.mrn),
        words: wordIndexes(keys, document),
        identifiers: identifierIndexes(keys, patient),
      }
    },

    /** The patient, if there is one. */
    async find(q: Queryable, id: string): Promise<StoredPatient | undefined> {
      return open(await maybeOne(q, sql.patientById, [id]))
    },

    /** The patient, locked until the transaction ends. */
    async findForUpdate(tx: Tx, id: string): Promise<StoredPatient | undefined> {
      return open(await maybeOne(tx, sql.patientForUpdate, [id]))
    },

    /** The patient with exactly this MRN. */
    async findByMrn(q: Queryable, mrn: string): Promise<StoredPatient | undefined> {
      return open(await maybeOne(q, sql.patientByMrn, [keys.mrn(mrn)]))
    },

    /** Patients whose index values match, by id, after `after`. Some match by coincidence only: compare each. */
    async candidates(q: Queryable, criteria: Criteria, page: Page): Promise<StoredPatient[]> {
      const wanted = criteriaIndexes(keys, criteria)
      const indexes = wanted.map(({ index }) => index)
      const readings = wanted.map(({ reading }) => reading)
      return openAll(
        await rows(q, sql.patientsByWords, [indexes, readings, criteria.words.length, page.after, page.limit]),
      )
    },

    /** All patients by id, a page at a time. */
    async list(q: Queryable, page: Page): Promise<StoredPatient[]> {
      return openAll(await rows(q, sql.patientsAfter, [page.after, page.limit]))
    },

    /** Stores a new patient as version 1. */
    async insert(tx: Tx, sealed: SealedPatient, sourceHash: string | null): Promise<void> {
      await execute(tx, sql.insertPatient, [
        sealed.id,
        sealed.mrnIndex,
        sealed.source,
        sourceHash,
        sealed.document,
        sealed.words,
        ...columnsOf(sealed.identifiers),
      ])
    },

    /** Stores the next version and keeps the prior one as history; undefined, and no effect, where `version` is not the present one. */
    async update(
      tx: Tx,
      sealed: SealedPatient,
      at: { version: number; sourceHash: string | null; locallyChanged: boolean },
    ): Promise<number | undefined> {
      const values = [sealed.id, at.version, at.sourceHash, at.locallyChanged, sealed.document]
      const updated = await maybeOne(tx, sql.updatePatient, values)
      if (!updated) return undefined
      await execute(tx, sql.replaceWords, [sealed.id, sealed.words])
      await execute(tx, sql.replaceIdentifiers, [sealed.id, ...columnsOf(sealed.identifiers)])
      return updated.version
    },
  }
}

/** Up to `limit` rows after an id, or from the first. */
export interface Page {
  readonly after: string | null
  readonly limit: number
}

const columnsOf = (identifiers: readonly IdentifierIndex[]): [string[], boolean[]] => [
  identifiers.map(({ index }) => index),
  identifiers.map(({ exclusive }) => exclusive),
]
