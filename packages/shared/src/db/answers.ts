import type { Pool } from './pool.ts'

/** A connection without an answer by then is taken out of the pool, so that the checks of an outage do not fill it. */
const GIVE_UP_MS = 1_000

/**
 * Resolves when the database answers: to a query of its own, or to whatever else the pool does meanwhile. A pool whose
 * connections are all at work answers late to one more, and a database that works is not gone.
 * @throws the query's error; when the signal aborts, its reason
 */
export async function answers(pool: Pool, signal: AbortSignal): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  const given = (error: unknown): void => {
    // Back without an error: what it did last was answered.
    if (!error) resolve()
  }
  const late = (): void => reject(signal.reason as Error)
  pool.on('release', given)
  signal.addEventListener('abort', late, { once: true })
  const asked = { text: 'select 1', query_timeout: GIVE_UP_MS }
  pool.query(asked).then(() => resolve(), reject)
  try {
    await promise
  } finally {
    pool.off('release', given)
    signal.removeEventListener('abort', late)
  }
}
