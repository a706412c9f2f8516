import { accessHeartbeat } from '@wellgate/shared/contracts/identity/events'
import { withTx } from '@wellgate/shared/db/tx'
import type { Job } from '@wellgate/shared/runtime/jobs'
import type { Deps } from './deps.ts'
import { hasUnsentHeartbeat } from './heartbeat-repository.ts'

/**
 * Every 5 s one access event says that access events flow (docs/architecture.md, section 6). While one waits to be sent
 * there is nothing new to say: a relay that stands still does not fill the outbox.
 */
export const heartbeat = (deps: Pick<Deps, 'pool' | 'outbox' | 'now'>): Job => ({
  name: 'access-heartbeat',
  role: 'relay',
  everyMs: 5_000,
  run: () =>
    withTx(deps.pool, async (tx) => {
      if (await hasUnsentHeartbeat(tx)) return
      const aggregateVersion = deps.now().getTime()
      await deps.outbox.append(tx, accessHeartbeat, { aggregateVersion, payload: { producer: 'identity' } })
    }),
})
