import type { Job } from '@wellgate/shared/runtime/jobs'
import type { Deps } from '../deps.ts'
import { deleteFailures } from './log-in-failure-repository.ts'
import { deleteSessions } from './session-repository.ts'

const DAY_MS = 24 * 60 * 60_000

/** Deletes sessions a day after they expired (who was logged in when is in the audit trail) and forgotten failures. */
export const sweepSessions = (deps: Pick<Deps, 'pool' | 'now'>): Job => ({
  name: 'sweep-sessions',
  role: 'relay',
  everyMs: 10 * 60_000,
  async run(signal) {
    const now = deps.now()
    while (!signal.aborted && (await deleteSessions(deps.pool, new Date(now.getTime() - DAY_MS))) > 0);
    while (!signal.aborted && (await deleteFailures(deps.pool, now)) > 0);
  },
})
