import type { VisitTypeRow } from '../calendar/calendar.ts'
import { deriveStarts } from './derive.ts'
import type { Place, Taken } from './slot-repository.ts'
import { overlaps, type Span } from './spans.ts'

const MINUTE = 60_000

/** When a visit can begin at a place, with what is taken there; a room must be free all along where it needs one. */
export function freeStarts(place: Place, type: VisitTypeRow, taken: Taken, within: Span): number[] {
  const starts = deriveStarts(place, type, taken.ofProvider.get(place.providerId) ?? [], within)
  if (!type.needsRoom) return starts
  const rooms = [...(taken.ofRooms.get(place.facilityId)?.values() ?? [])]
  return starts.filter((start) => {
    const wanted = {
      from: start - type.bufferBeforeMinutes * MINUTE,
      to: start + (type.durationMinutes + type.bufferAfterMinutes) * MINUTE,
    }
    return rooms.some((busy) => !busy.some((span) => overlaps(span, wanted)))
  })
}
