import { facilityChanged } from '@wellgate/shared/contracts/identity/events'
import type { FacilityId } from '@wellgate/shared/contracts/ids'
import type { Pool } from '@wellgate/shared/db/pool'
import type { OutboxEntry } from '@wellgate/shared/messaging/outbox'
import type { Republisher } from '@wellgate/shared/messaging/republish'
import { facilities, type StoredFacility } from './facility-repository.ts'

const PAGE = 200

/** What others are told of a facility at a version of it. */
export function changed({ id, name, timeZone, version }: StoredFacility): OutboxEntry<typeof facilityChanged> {
  return { contract: facilityChanged, aggregateVersion: version, payload: { facilityId: id, name, timeZone } }
}

/** Every facility at its present version, for a consumer that is new or restored. */
export function facilityRepublisher(pool: Pool): Republisher {
  return {
    async *currentState() {
      for (let after: FacilityId | null = null; ;) {
        const page: StoredFacility[] = await facilities.page(pool, after, PAGE)
        for (const facility of page) yield changed(facility)
        const last = page.at(-1)
        if (!last || page.length < PAGE) return
        after = last.id
      }
    },
  }
}
