import { escapeIdentifier } from 'pg'
import { dataKeyRows, unwrapDataKey, wrapDataKey, type DataKeyScope } from './data-key-rows.ts'
import {
  insertServiceKey,
  selectServiceKeys,
  serviceKeyContext,
  unwrapServiceKey,
  type ServiceKeyScope,
} from './service-key-rows.ts'
import type { ServiceKeys } from './service-keys.ts'

/**
 * Adds the next data-wrapping service key and retires the older ones, which still unwrap. Running processes take it up at
 * their next check. Then run {@link rewrapDataKeys}. Returns the new key's id.
 */
export async function rotateServiceKey(scope: ServiceKeyScope, kmsKeyId: string): Promise<string> {
  const used = (await selectServiceKeys(scope)).filter((row) => row.purpose === 'data')
  const id = `data-${Math.max(0, ...used.map((row) => Number(row.id.slice('data-'.length)))) + 1}`
  await insertServiceKey(scope, { id, purpose: 'data', kmsKeyId })
  await scope.pool.query(
    `update ${escapeIdentifier(scope.schema)}.service_key set retired_at = now()
      where purpose = 'data' and id = any($1) and retired_at is null`,
    [used.map((row) => row.id)],
  )
  return id
}

/** Wraps every service key anew under another KMS key; no data key changes. May be repeated after a failure. Returns how many. */
export async function rewrapServiceKeys(scope: ServiceKeyScope, kmsKeyId: string): Promise<number> {
  const rows = (await selectServiceKeys(scope)).filter((row) => row.kmsKeyId !== kmsKeyId)
  for (const row of rows) {
    const wrapped = await scope.kms.wrap(kmsKeyId, await unwrapServiceKey(scope, row), serviceKeyContext(scope, row))
    await scope.pool.query(
      `update ${escapeIdentifier(scope.schema)}.service_key set wrapped = $2, kms_key_id = $3 where id = $1 and kms_key_id = $4`,
      [row.id, wrapped, kmsKeyId, row.kmsKeyId],
    )
  }
  return rows.length
}

/**
 * Wraps every data key anew under the service's current key, in batches, while the service runs. Stopped at any point it
 * goes on where it was; run it again after every process has taken up the new key. Returns how many rows it went through.
 */
export async function rewrapDataKeys(
  scope: DataKeyScope & { readonly serviceKeys: ServiceKeys },
  batch = 500,
): Promise<number> {
  const rows = dataKeyRows(scope)
  await scope.serviceKeys.recheck()
  for (let done = 0; ;) {
    const current = scope.serviceKeys.current()
    const others = await rows.underOthers(current.id, batch)
    if (others.length === 0) return done
    for (const row of others) {
      const old = await scope.serviceKeys.byId(row.serviceKeyId)
      if (!old) throw new Error(`Data key names an unknown service key ${row.serviceKeyId}`)
      await rows.rewrap(row, wrapDataKey(scope, current, row, unwrapDataKey(scope, old, row)))
    }
    done += others.length
  }
}
