import type { visitTypeChanged } from '@wellgate/shared/contracts/appointments/events'
import type { Received } from '@wellgate/shared/contracts/event'
import { execute, maybeOne, statement, type Queryable } from '@wellgate/shared/db/query'
import type { Tx } from '@wellgate/shared/db/tx'
import { applyIfNewer } from '@wellgate/shared/messaging/replica'

const PUT = statement(
  'visit-type.put',
  `insert into visit_type (id, name, price_code, duration_minutes, active) values ($1, $2, $3, $4, $5)
   on conflict (id) do update set name = excluded.name, price_code = excluded.price_code,
     duration_minutes = excluded.duration_minutes, active = excluded.active`,
)
const FIND = statement<{ name: string; price_code: string }>(
  'visit-type.find',
  'select name, price_code from visit_type where id = $1 and active',
)

/** Keeps a kind of visit as appointments has it; an older version changes nothing. */
export async function keepVisitType(tx: Tx, event: Received<typeof visitTypeChanged>): Promise<void> {
  const { visitTypeId, name, priceCode, durationMinutes, active } = event.payload
  const change = { group: 'billing', aggregate: 'visit-type', key: visitTypeId, version: event.aggregateVersion }
  if (await applyIfNewer(tx, change)) await execute(tx, PUT, [visitTypeId, name, priceCode, durationMinutes, active])
}

/** A kind of visit that is offered, if there is one. */
export const findVisitType = (q: Queryable, id: string) => maybeOne(q, FIND, [id])
