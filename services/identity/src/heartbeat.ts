import { accessHeartbeat } from '@wellgate/shared/contracts/identity/events'
import { maybeOne, statement } from '@wellgate/shared/db/query'
import { withTx } from '@wellgate/shared/db/tx'
import type { Job } from '@wellgate/shared/runtime/jobs'
import type { Deps } from './deps.ts'

const unsent = statement('heartbeat.unsent', `select 1 from outbox where lane = 'access' and type = $1 limit 1`)

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
      if (await maybeOne(tx, unsent, [accessHeartbeat.type])) return
      const aggregateVersion = deps.now().getTime()
      await deps.outbox.append(tx, accessHeartbeat, { aggregateVersion, payload: { producer: 'identity' } })
    }),
})
