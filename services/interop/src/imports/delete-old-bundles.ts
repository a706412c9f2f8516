import { deleteBundles } from './import-repository.ts'
import type { ImportDeps } from './import-deps.ts'

/** Long enough to look into a complaint; the resources themselves are in the record by then. */
export const KEEP_DAYS = 30

/** Deletes what was received longer ago; bundles still to be split stay, or they would be lost. How many. */
export function createDeleteOldBundles({ pool, now }: Pick<ImportDeps, 'pool' | 'now'>) {
  return (): Promise<number> => deleteBundles(pool, new Date(now().getTime() - KEEP_DAYS * 86_400_000))
}
