import { execute } from '@wellgate/shared/db/query'
import { withTx } from '@wellgate/shared/db/tx'
import { type IdempotencyKey, once } from '@wellgate/shared/http/idempotency'
import type { Booking } from '../booking/booking.ts'
import { calendar, calendarConstraints, type ExceptionRow } from '../calendar/calendar-repository.ts'
import type { Deps } from '../deps.ts'
import { endOffers } from '../wait-list/wait-sql.ts'

/**
 * Adds time off or extra hours, and lists the appointments that time off hits: they stay until somebody calls. What is only
 * held then is let go of.
 * @throws `unknown-reference`
 */
export async function addException(
  { pool, bookings, newId }: Deps,
  exception: Omit<ExceptionRow, 'id'>,
  key: IdempotencyKey | undefined,
): Promise<{ id: string; affected: Booking[] }> {
  const { kind, providerId, facilityId, start, end } = exception
  const at = { providerId, facilityId, from: new Date(start), to: new Date(end) }
  const { resultId } = await withTx(
    pool,
    (tx) =>
      once(tx, key, async () => {
        const id = newId()
        // From here to the commit nobody takes a time.
        await calendar.addException(tx, { id, ...exception })
        if (kind === 'off') await execute(tx, endOffers, [await bookings.releaseHit(tx, at)])
        return { status: 201, resultId: id }
      }),
    { constraints: calendarConstraints },
  )
  // What was being booked is committed, and what begins after sees the leave: nothing that it hits comes after this.
  return { id: resultId, affected: kind === 'off' ? await bookings.hit(pool, at) : [] }
}
