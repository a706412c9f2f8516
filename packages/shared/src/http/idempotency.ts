import { createHash, createHmac, timingSafeEqual } from 'node:crypto'
import { execute, maybeOne, one, type Queryable, statement } from '../db/query.ts'
import type { Tx } from '../db/tx.ts'
import { platformErrors } from '../errors/platform-errors.ts'
import type { DomainError } from '../errors/problem.ts'

/** A caller's Idempotency-Key for one route, as the table keeps it. */
export interface IdempotencyKey {
  readonly actorId: string
  readonly route: string
  /** A hash of the caller's key, hexadecimal. */
  readonly key: string
  /** The body under a MAC whose key is the caller's own, which is not stored: a body cannot be guessed from the table. */
  readonly bodyHash: Buffer
}

/** What a request with the key led to. */
export interface StoredResult {
  readonly status: number
  readonly resultId: string
}

/** Long enough to hold a UUID, as draft-ietf-httpapi-idempotency-key-header recommends. */
export const IDEMPOTENCY_KEY = /^[A-Za-z0-9._:-]{16,128}$/

/** Makes the key of a request. `body` is the valid body; a repeat must mean the same, not look the same. */
export function idempotencyKeyOf(actorId: string, route: string, sent: string, body: unknown): IdempotencyKey {
  return {
    actorId,
    route,
    key: createHash('sha256').update(sent).digest('hex'),
    bodyHash: createHmac('sha256', sent)
      .update(JSON.stringify(body ?? null))
      .digest(),
  }
}

const lockKey = statement<{ held: boolean }>(
  'idempotency.lock',
  `select pg_try_advisory_xact_lock(hashtextextended('wellgate/idempotency/' || $1 || '/' || $2 || '/' || $3, 0)) as held`,
)

const findKey = statement<{ body_hash: Buffer; status: number; result_id: string }>(
  'idempotency.find',
  `select body_hash, status, result_id from idempotency_key where actor_id = $1 and route = $2 and key = $3 and state = 'done'`,
)

const storeKey = statement(
  'idempotency.store',
  `insert into idempotency_key (actor_id, route, key, body_hash, state, status, result_id) values ($1, $2, $3, $4, 'done', $5, $6)`,
)

const deleteOldKeys = statement(
  'idempotency.delete-old',
  `delete from idempotency_key where ctid = any (array(
     select ctid from idempotency_key where created_at < now() - $1::int * interval '1 hour' limit $2))`,
)

/**
 * Call first in the transaction of the effect. Gives the stored result when the request was done before; then the use
 * case has no effect and answers as the first did. The lock ends with the transaction, so a crash leaves nothing behind.
 * @throws `idempotency-in-progress` while a twin runs, `idempotency-key-reused` when the key came with another body
 */
export async function beginIdempotent(tx: Tx, key: IdempotencyKey): Promise<StoredResult | undefined> {
  const place = [key.actorId, key.route, key.key]
  const { held } = await one(tx, lockKey, place)
  if (!held) throw platformErrors['idempotency-in-progress']({ retryAfter: 1 })
  return findIdempotent(tx, key)
}

/**
 * The stored result of a request that was done before. A twin that runs is not noticed: what has an effect asks
 * {@link beginIdempotent}.
 * @throws `idempotency-key-reused` when the key came with another body
 */
export async function findIdempotent(q: Queryable, key: IdempotencyKey): Promise<StoredResult | undefined> {
  const found = await maybeOne(q, findKey, [key.actorId, key.route, key.key])
  if (!found) return undefined
  if (!timingSafeEqual(found.body_hash, key.bodyHash)) throw keyReused()
  return { status: found.status, resultId: found.result_id }
}

/** `idempotency-key-reused`: the key came with another body before, or for another thing of the path. */
export const keyReused = (): DomainError =>
  platformErrors['idempotency-key-reused']({
    fields: [{ field: 'headers.idempotency-key', expected: 'a key that no other request had' }],
  })

/** Call last in the same transaction: the result is stored with the effect, or neither is. */
export async function completeIdempotent(tx: Tx, key: IdempotencyKey, result: StoredResult): Promise<void> {
  await execute(tx, storeKey, [key.actorId, key.route, key.key, key.bodyHash, result.status, result.resultId])
}

/**
 * Runs an effect at most once a key, in the caller's transaction; without a key it simply runs.
 * @throws as {@link beginIdempotent}
 */
export async function once(
  tx: Tx,
  key: IdempotencyKey | undefined,
  effect: () => Promise<StoredResult>,
): Promise<StoredResult & { readonly repeated: boolean }> {
  const before = key && (await beginIdempotent(tx, key))
  if (before) return { ...before, repeated: true }
  const result = await effect()
  if (key) await completeIdempotent(tx, key, result)
  return { ...result, repeated: false }
}

/** For a job: forgets keys older than `hours`, at most `limit`; how many. A repeat after that is a new request. */
export function forgetIdempotencyKeys(q: Queryable, hours: number, limit: number): Promise<number> {
  return execute(q, deleteOldKeys, [hours, limit])
}
