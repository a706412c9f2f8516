import { accessHeartbeat, accountChanged, sessionRevoked } from '../contracts/identity/events.ts'
import { execute, statement } from '../db/query.ts'
import { handle, type EventHandler } from '../messaging/handlers.ts'

const voidSession = statement(
  'access.void-session',
  `insert into access_void (kind, id) values ('session', $1) on conflict (kind, id) do nothing`,
)

const voidAccount = statement(
  'access.void-account',
  `insert into access_void (kind, id, min_version) values ('account', $1, $2)
   on conflict (kind, id) do update set min_version = excluded.min_version, voided_at = now()
   where access_void.min_version < excluded.min_version`,
)

const hearHeartbeat = statement(
  'access.hear-heartbeat',
  `insert into access_heartbeat (producer, beat_at) values ($1, $2)
   on conflict (producer) do update set beat_at = excluded.beat_at, seen_at = now()
   where access_heartbeat.beat_at < excluded.beat_at`,
)

const deleteOldVoid = statement(
  'access.delete-old-void',
  `delete from access_void where voided_at < now() - interval '1 day'`,
)

/** What every service does with access events: keep the tables that void-list.ts mirrors. */
export function accessHandlers(): EventHandler[] {
  return [
    handle(sessionRevoked, async (tx, { payload }) => {
      await execute(tx, voidSession, [payload.sessionId])
    }),
    handle(accountChanged, async (tx, { payload }) => {
      await execute(tx, voidAccount, [payload.accountId, payload.accessVersion])
    }),
    handle(accessHeartbeat, async (tx, { payload, time }) => {
      await execute(tx, hearHeartbeat, [payload.producer, time])
      await execute(tx, deleteOldVoid)
    }),
  ]
}
