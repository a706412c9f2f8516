import type { Pool } from 'pg'
import { withTx } from '../db/tx.ts'
import type { Outbox, OutboxEntry } from './outbox.ts'

/** Port of a service: its current state as events, for consumers that are new or restored. */
export interface Republisher {
  /** One event per aggregate with the version it has now; read in pages, so that memory stays bounded. */
  currentState(): AsyncIterable<OutboxEntry>
}

const BATCH = 500

/**
 * Appends the current state of a service to its outbox, 500 events a transaction; resolves with their number. Safe
 * while the service runs: a replica applies only a higher version, so a state that is outdated by now does no harm.
 */
export async function republish(options: {
  pool: Pool
  outbox: Outbox
  republisher: Republisher
  onBatch?: (total: number) => void
}): Promise<number> {
  let batch: OutboxEntry[] = []
  let total = 0
  const flush = async () => {
    const entries = batch
    batch = []
    await withTx(options.pool, (tx) => options.outbox.appendMany(tx, entries))
    total += entries.length
    options.onBatch?.(total)
  }
  for await (const entry of options.republisher.currentState()) {
    batch.push(entry)
    if (batch.length === BATCH) await flush()
  }
  if (batch.length > 0) await flush()
  return total
}
