import type { Slot } from '@wellgate/shared/contracts/appointments/models'
import { findSlots, type SearchDeps } from '../slots/find-slots.ts'
import type { InLine } from './wait-sql.ts'

/** Times are looked for, and kept, by the week: who wants one hour of it has the days before looked at, too. */
const SPAN_MS = 7 * 86_400_000
const PAGE = 100

type Wish = Pick<InLine, 'patient_id' | 'visit_type_id' | 'provider_id' | 'facility_id'>

/** What was free for anybody when it was looked at. */
export interface FreeTimes {
  /** What fits a wish and begins from `from` up to `to` (milliseconds), soonest first. @throws as findSlots */
  between(wish: Wish, from: number, to: number): AsyncGenerator<Slot, void>
  /** Whether a time of these is free for the patient now. */
  isFree(wish: Wish, slot: Slot): Promise<boolean>
  /** Takes a time out. */
  forget(slot: Slot): void
}

interface Found {
  readonly slots: Slot[]
  /** Where the search goes on; null where all is found. */
  cursor: string | null | undefined
}

/**
 * Free times for one turn of the wait-list, which asks one after the other. All who wish the same share what was found: where
 * hundreds wait and all is taken, everything is looked through once, and not once for each of them.
 */
export function createFreeTimes(deps: SearchDeps): FreeTimes {
  const spans = new Map<string, Found>()

  async function* inSpan(wish: Wish, span: number): AsyncGenerator<Slot, void> {
    const key = `${wish.visit_type_id} ${wish.provider_id} ${wish.facility_id} ${span}`
    const found = spans.get(key) ?? { slots: [], cursor: undefined }
    spans.set(key, found)
    const within = { from: instant(span * SPAN_MS), to: instant((span + 1) * SPAN_MS) }
    for (let n = 0; ; n++) {
      while (n >= found.slots.length && found.cursor !== null) {
        const query = { ...wantedOf(wish), ...within, limit: PAGE, cursor: found.cursor }
        const { items, next } = await findSlots(deps, query, false)
        found.slots.push(...items)
        found.cursor = next
      }
      const slot = found.slots[n]
      if (!slot) return
      yield slot
    }
  }

  return {
    async *between(wish, from, to) {
      for (let span = Math.floor(from / SPAN_MS); span * SPAN_MS < to; span++) {
        for await (const slot of inSpan(wish, span)) {
          const start = Date.parse(slot.start)
          if (start >= to) return
          if (start >= from) yield slot
        }
      }
    },
    async isFree(wish, { providerId, facilityId, start }) {
      const exactly = { providerId, facilityId, from: start, to: instant(Date.parse(start) + 1) }
      const query = { ...wantedOf(wish), ...exactly, patientId: wish.patient_id, limit: 1 }
      return (await findSlots(deps, query, false)).items.length > 0
    },
    forget({ providerId, start }) {
      for (const { slots } of spans.values()) {
        const index = slots.findIndex((slot) => slot.providerId === providerId && slot.start === start)
        if (index >= 0) slots.splice(index, 1)
      }
    },
  }
}

const instant = (ms: number): string => new Date(ms).toISOString()

const wantedOf = ({ visit_type_id, provider_id, facility_id }: Wish) => ({
  visitTypeId: visit_type_id,
  providerId: provider_id ?? undefined,
  facilityId: facility_id ?? undefined,
})
