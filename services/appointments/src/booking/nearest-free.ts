import { type Candidate, freeOf } from '../slots/free.ts'
import type { Reading } from '../slots/timetable.ts'
import type { CheckedSlot } from './check-slot.ts'
import { bookableFrom, bookableUntil } from './policy.ts'

const DAY = 86_400_000
const WANTED = 5
/** So many of the nearest are asked about first, and then so many more at once. */
const STEPS = [16, 64, 512]

/** The free starts of the same visit at the same place that are nearest to the slot, soonest first: 5, if there are. */
export async function nearestFree(
  { now }: { readonly now: () => Date },
  reading: Reading,
  slot: CheckedSlot,
): Promise<number[]> {
  const { type, start, place } = slot
  const distance = (each: Candidate): number => Math.abs(each.start - start)
  const present = now().getTime()
  const whom = { visitTypeId: type.id, providerId: place.providerId, facilityId: place.facilityId }
  const free: Candidate[] = []
  let [from, to] = [start, start]
  for (const days of [1, 7, 28]) {
    const around = {
      from: Math.max(start - days * DAY, bookableFrom(type, present, slot.asker.staff)),
      to: Math.min(start + days * DAY, bookableUntil(type, present) + 1),
    }
    const left = [...reading.agenda.turns(whom, around)]
      .filter((turn) => turn.start < from || turn.start >= to)
      .map((turn) => ({ start: turn.start, place }))
      .toSorted((a, b) => distance(a) - distance(b))
    for (let n = 0; left.length > 0 && free.length < WANTED; n++)
      free.push(...(await freeOf(reading, type, left.splice(0, STEPS[n] ?? 512), slot)))
    if (free.length >= WANTED) break
    ;[from, to] = [around.from, around.to]
  }
  return free
    .slice(0, WANTED)
    .map((each) => each.start)
    .toSorted((a, b) => a - b)
}
