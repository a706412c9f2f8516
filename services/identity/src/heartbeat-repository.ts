import { accessHeartbeat } from '@wellgate/shared/contracts/identity/events'
import { maybeOne, statement } from '@wellgate/shared/db/query'
import type { Tx } from '@wellgate/shared/db/tx'

const UNSENT = statement('heartbeat.unsent', `select 1 from outbox where lane = 'access' and type = $1 limit 1`)

/** Whether a heartbeat still waits to be sent. */
export async function hasUnsentHeartbeat(tx: Tx): Promise<boolean> {
  return (await maybeOne(tx, UNSENT, [accessHeartbeat.type])) !== undefined
}
