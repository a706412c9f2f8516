import { escapeIdentifier } from 'pg'
import { randomKey } from './aead.ts'
import type { KeysDatabase } from './keys-schema.ts'
import type { Kms } from './kms.ts'

export type Purpose = 'data' | 'index'

export interface ServiceKeyRow {
  readonly id: string
  readonly purpose: Purpose
  readonly wrapped: Buffer
  readonly kmsKeyId: string
  readonly retired: boolean
  readonly createdAt: Date
}

/** Whose keys these are, and what wraps them. */
export interface ServiceKeyScope {
  readonly pool: KeysDatabase
  readonly schema: string
  readonly deployment: string
  readonly service: string
  readonly kms: Kms
}

/** What a wrapped service key is bound to in the KMS. */
export const serviceKeyContext = (scope: ServiceKeyScope, row: Pick<ServiceKeyRow, 'id' | 'purpose'>) => ({
  deployment: scope.deployment,
  service: scope.service,
  purpose: row.purpose,
  id: row.id,
})

/** Every service key, oldest first. */
export async function selectServiceKeys({ pool, schema }: ServiceKeyScope): Promise<ServiceKeyRow[]> {
  const { rows } = await pool.query<ServiceKeyRow>(
    `select id, purpose, wrapped, kms_key_id as "kmsKeyId", retired_at is not null as retired, created_at as "createdAt"
       from ${escapeIdentifier(schema)}.service_key order by created_at, id`,
  )
  return rows
}

/** Stores a fresh key under `id`, unless another process has: then that one stands. Returns whether it was this one. */
export async function insertServiceKey(
  scope: ServiceKeyScope,
  key: { id: string; purpose: Purpose; kmsKeyId: string },
): Promise<boolean> {
  const wrapped = await scope.kms.wrap(key.kmsKeyId, randomKey(), serviceKeyContext(scope, key))
  const { rowCount } = await scope.pool.query(
    `insert into ${escapeIdentifier(scope.schema)}.service_key (id, purpose, wrapped, kms_key_id)
     values ($1, $2, $3, $4) on conflict (id) do nothing`,
    [key.id, key.purpose, wrapped, key.kmsKeyId],
  )
  return rowCount === 1
}

/** Unwraps one row. Rejects with KmsError. */
export const unwrapServiceKey = (scope: ServiceKeyScope, row: ServiceKeyRow): Promise<Buffer> =>
  scope.kms.unwrap(row.kmsKeyId, row.wrapped, serviceKeyContext(scope, row))
