import { deleteBundles } from './import-repository.ts'
import type { ImportDeps } from './import-deps.ts'

/** Long enough to look into a complaint; the resources themselves are in the record by then. */
export const KEEP_DAYS = 30

/** As many as a statement has time for, were each of them of 32 MiB. */
const AT_ONCE = 10

/** Deletes what was received longer ago; bundles still to be split stay, or they would be lost. How many, until none is left or the signal aborts. */
export function createDeleteOldBundles({ pool, now }: Pick<ImportDeps, 'pool' | 'now'>) {
  return async (signal: AbortSignal): Promise<number> => {
    const before = new Date(now().getTime() - KEEP_DAYS * 86_400_000)
    for (let total = 0; ;) {
      const deleted = await deleteBundles(pool, before, AT_ONCE)
      total += deleted
      if (deleted < AT_ONCE || signal.aborted) return total
    }
  }
}
