import { type Queryable, rows, statement } from '@wellgate/shared/db/query'
import { overlaps, type Span } from './spans.ts'

/** By the index on patient and start; a visit is no longer than a day. */
const OWN_TIME = statement<{ id: string; starts: Date; ends: Date }>(
  'slot.own-time',
  `select id, starts, ends from booking
    where patient_id = $1 and starts > $2::timestamptz - interval '24 hours' and starts < $3 and ends > $2
      and status not in ('cancelled', 'no-show', 'expired') and (status <> 'held' or hold_expires_at > clock_timestamp())`,
)

/** When a patient has a booking or a hold within a span, wherever; without one booking, where that is about to move. */
export async function ownTime(
  q: Queryable,
  patientId: string | undefined,
  within: Span,
  except?: string,
): Promise<Span[]> {
  if (patientId === undefined || within.from >= within.to) return []
  const found = await rows(q, OWN_TIME, [patientId, new Date(within.from), new Date(within.to)])
  const others = found.filter(({ id }) => id !== except)
  return others.map(({ starts, ends }) => ({ from: starts.getTime(), to: ends.getTime() }))
}

/** Whether somebody with these times can be at a visit of so many minutes from `start`. */
export const canCome = (own: readonly Span[], start: number, minutes: number): boolean =>
  !own.some((span) => overlaps(span, { from: start, to: start + minutes * 60_000 }))
