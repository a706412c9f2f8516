import type { KeyObject } from 'node:crypto'
import { escapeIdentifier } from 'pg'
import { encodeAad } from './aad.ts'
import { decrypt, encrypt } from './aead.ts'
import { keysUnavailable } from './failures.ts'
import type { KeysDatabase } from './keys-schema.ts'
import type { ServiceKey } from './service-keys.ts'

export interface DataKeyScope {
  readonly pool: KeysDatabase
  readonly schema: string
  readonly deployment: string
  readonly service: string
}

export interface DataKeyRow {
  readonly patientId: string
  readonly version: number
  readonly serviceKeyId: string
  readonly wrapped: Buffer
}

type Name = Pick<DataKeyRow, 'patientId' | 'version' | 'serviceKeyId'>

const placeOf = ({ deployment, service }: DataKeyScope, row: Name): Buffer =>
  encodeAad(['wellgate-data-key', deployment, service, row.patientId, String(row.version), row.serviceKeyId])

/** Wraps a data key for one patient, version and service key. */
export function wrapDataKey(
  scope: DataKeyScope,
  by: ServiceKey,
  of: { patientId: string; version: number },
  raw: Buffer,
): DataKeyRow {
  const row = { ...of, serviceKeyId: by.id }
  return { ...row, wrapped: encrypt(by.key, placeOf(scope, row), raw) }
}

/** Throws when the row was changed or moved. */
export const unwrapDataKey = (scope: DataKeyScope, serviceKey: KeyObject, row: DataKeyRow): Buffer =>
  decrypt(serviceKey, placeOf(scope, row), row.wrapped)

const COLUMNS = 'patient_id as "patientId", version, service_key_id as "serviceKeyId", wrapped'

/** Statements over one schema's data_key. Each rejects with 503 `unavailable` when the store does not answer. */
export function dataKeyRows({ pool, schema }: DataKeyScope) {
  const table = `${escapeIdentifier(schema)}.data_key`
  const run = async (name: string, text: string, values: unknown[]) => {
    try {
      return await pool.query<DataKeyRow>({ name: `${schema}_${name}`, text, values })
    } catch (error) {
      throw keysUnavailable(error)
    }
  }
  return {
    ofPatients: async (patientIds: readonly string[]): Promise<DataKeyRow[]> =>
      (await run('dek_load', `select ${COLUMNS} from ${table} where patient_id = any($1::uuid[])`, [patientIds])).rows,

    /** Whether this row was the first of its patient and version. */
    insert: async (row: DataKeyRow): Promise<boolean> =>
      (
        await run(
          'dek_insert',
          `insert into ${table} (patient_id, version, service_key_id, wrapped) values ($1, $2, $3, $4)
           on conflict (patient_id, version) do nothing`,
          [row.patientId, row.version, row.serviceKeyId, row.wrapped],
        )
      ).rowCount === 1,

    remove: async (patientId: string): Promise<number> =>
      (await run('dek_shred', `delete from ${table} where patient_id = $1`, [patientId])).rowCount ?? 0,

    /** Up to `limit` rows that another key than `serviceKeyId` wraps. */
    underOthers: async (serviceKeyId: string, limit: number): Promise<DataKeyRow[]> =>
      (
        await run('dek_others', `select ${COLUMNS} from ${table} where service_key_id <> $1 limit $2`, [
          serviceKeyId,
          limit,
        ])
      ).rows,

    /** Replaces the wrapping, unless it has changed since `before` was read. */
    rewrap: async (before: DataKeyRow, after: DataKeyRow): Promise<void> => {
      await run(
        'dek_rewrap',
        `update ${table} set service_key_id = $3, wrapped = $4
          where patient_id = $1 and version = $2 and service_key_id = $5`,
        [before.patientId, before.version, after.serviceKeyId, after.wrapped, before.serviceKeyId],
      )
    },
  }
}
