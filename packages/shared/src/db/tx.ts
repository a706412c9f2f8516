import type { Pool, PoolClient } from 'pg'
import { inSpan } from '../observability/trace-scope.ts'
import { throughGate } from './commit-gate.ts'
import { isSilence, mapSqlState, sqlStateOf, type ConstraintTable } from './sqlstate.ts'

/** A client inside BEGIN: only {@link withTx} makes one, so what must be atomic can ask for it. */
export type Tx = PoolClient & { readonly __tx: true }

export interface TxOptions {
  /** What broken constraints mean to the caller. */
  readonly constraints?: ConstraintTable
  /** Runs `work` once more after a serialisation failure or a deadlock: it must have no effect outside the transaction. */
  readonly retry?: boolean
  readonly isolation?: 'read committed' | 'repeatable read' | 'serializable'
}

const LOST_RACE = new Set(['40001', '40P01'])

/**
 * Runs `work` in one transaction: committed when it resolves, rolled back when it throws.
 * @throws what `work` threw, mapped by {@link mapSqlState}; `unavailable` when the database cannot be reached, or the
 * request around it has run out of time: then nothing is committed
 */
export async function withTx<T>(pool: Pool, work: (tx: Tx) => Promise<T>, options: TxOptions = {}): Promise<T> {
  try {
    return await once(pool, work, options)
  } catch (error) {
    const again = options.retry === true && LOST_RACE.has(sqlStateOf(error) ?? '')
    if (!again) throw mapSqlState(error, options.constraints)
  }
  try {
    return await once(pool, work, options)
  } catch (error) {
    throw mapSqlState(error, options.constraints)
  }
}

const waiting = new WeakMap<object, (() => void)[]>()

/**
 * Runs `effect` once the transaction is committed, and never where it is not: what is counted has happened. At once where
 * `q` is no transaction. It must not throw or wait.
 */
export function afterCommit(q: object, effect: () => void): void {
  const effects = waiting.get(q)
  if (effects) effects.push(effect)
  else effect()
}

/** Its span tells what statements do not: the wait for a connection, and the commit. */
const once = <T>(pool: Pool, work: (tx: Tx) => Promise<T>, options: TxOptions): Promise<T> =>
  inSpan('transaction', { kind: 'internal' }, () => transact(pool, work, options))

async function transact<T>(pool: Pool, work: (tx: Tx) => Promise<T>, options: TxOptions): Promise<T> {
  const client = await pool.connect()
  let broken: Error | undefined
  try {
    const effects: (() => void)[] = []
    waiting.set(client, effects)
    await client.query(options.isolation ? `begin isolation level ${options.isolation}` : 'begin')
    const result = await work(client as Tx)
    const { command } = await throughGate(() => client.query('commit'))
    // A transaction that had failed answers COMMIT with ROLLBACK and no error: `work` has swallowed one.
    if (command !== 'COMMIT')
      throw new Error('the transaction was rolled back: a failed statement was caught inside it')
    for (const effect of effects) effect()
    return result
  } catch (error) {
    // A connection whose rollback fails is in an unknown state: the pool must not hand it out again.
    if (isSilence(error)) broken = error as Error
    else await client.query('rollback').catch((failure: Error) => (broken = failure))
    throw error
  } finally {
    waiting.delete(client)
    client.release(broken)
  }
}
