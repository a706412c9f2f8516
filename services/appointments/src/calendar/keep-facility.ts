import type { facilityChanged } from '@wellgate/shared/contracts/identity/events'
import type { Received } from '@wellgate/shared/contracts/event'
import type { Tx } from '@wellgate/shared/db/tx'
import { applyIfNewer } from '@wellgate/shared/messaging/replica'
import { isTimeZone } from '../slots/zone.ts'
import { calendar } from './calendar-repository.ts'

/**
 * Keeps a facility as identity has it; an older version changes nothing. What is booked there keeps its instant: only the
 * weekly hours follow another zone.
 * @throws Error for a zone that only a newer runtime knows: the event is parked, and no search fails for it
 */
export async function keepFacility(tx: Tx, event: Received<typeof facilityChanged>): Promise<void> {
  const { facilityId: id, name, timeZone } = event.payload
  if (!isTimeZone(timeZone)) throw new Error(`the zone data here does not know ${timeZone}`)
  const change = { group: 'appointments', aggregate: 'facility', key: id, version: event.aggregateVersion }
  if (await applyIfNewer(tx, change)) await calendar.putFacility(tx, { id, name, timeZone })
}
