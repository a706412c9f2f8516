import { visitTypeChanged } from '@wellgate/shared/contracts/appointments/events'
import type { VisitType } from '@wellgate/shared/contracts/appointments/models'
import type { Pool } from '@wellgate/shared/db/pool'
import type { OutboxEntry } from '@wellgate/shared/messaging/outbox'
import type { Republisher } from '@wellgate/shared/messaging/republish'
import { calendar } from './calendar-repository.ts'

const PAGE = 200

type Told = Pick<VisitType, 'id' | 'name' | 'priceCode' | 'durationMinutes' | 'active'>

/** What others are told of a visit type at a version of it. */
export function changed(
  { id, name, priceCode, durationMinutes, active }: Told,
  version: number,
): OutboxEntry<typeof visitTypeChanged> {
  const payload = { visitTypeId: id, name, priceCode, durationMinutes, active }
  return { contract: visitTypeChanged, aggregateVersion: version, payload }
}

/** Every visit type at its present version, for a consumer that is new or restored. */
export function visitTypeRepublisher(pool: Pool): Republisher {
  return {
    async *currentState() {
      for (let after: string | null = null; ;) {
        const page = await calendar.everyVisitType(pool, after, PAGE)
        for (const { version, ...type } of page) yield changed(type, version)
        const last = page.at(-1)
        if (!last || page.length < PAGE) return
        after = last.id
      }
    },
  }
}
