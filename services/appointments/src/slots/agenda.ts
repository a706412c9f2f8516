import type { VisitTypeRow } from '../calendar/calendar.ts'
import { byPlace, type Calendar, type Place } from './calendar.ts'
import { deriveStarts, type Shape } from './derive.ts'
import { overlaps, type Span } from './spans.ts'

const MINUTE = 60_000
const DAY = 1440 * MINUTE
/** How many starts of places are kept, all days together: at most so many times 8 bytes. */
const MOST_KEPT = 1_000_000

export interface Wanted {
  readonly visitTypeId: string
  readonly providerId?: string | undefined
  readonly facilityId?: string | undefined
}

/** The same, with ids as the database writes them: others may send capitals. */
export const canonical = ({ visitTypeId, providerId, facilityId }: Wanted): Wanted => ({
  visitTypeId: visitTypeId.toLowerCase(),
  providerId: providerId?.toLowerCase(),
  facilityId: facilityId?.toLowerCase(),
})

/** When a visit can begin, and with whom, by the calendar alone: whoever has booked is not asked. */
export interface Turn {
  readonly start: number
  /** By provider, then by facility. */
  readonly places: readonly Place[]
}

export interface Agenda {
  /** The turns within a span, in order, derived day by day as they are asked for. */
  turns(wanted: Wanted, within: Span): Iterable<Turn>
}

/** The agenda of a calendar. Days are kept, so that most searches derive nothing. */
export function createAgenda({ visitTypes, places }: Calendar): Agenda {
  const days = new Map<string, readonly Turn[]>()
  let kept = 0
  const dayOf = (wanted: Wanted, day: number): readonly Turn[] => {
    const { visitTypeId, providerId, facilityId } = wanted
    const key = `${visitTypeId} ${providerId ?? ''} ${facilityId ?? ''} ${day}`
    const known = days.get(key)
    if (known) return known
    const type = visitTypes.get(visitTypeId)
    const made = type ? deriveDay(placesFor(places.get(visitTypeId) ?? [], wanted), type, day) : []
    kept += 1 + new Set(made.map((turn) => turn.places)).values().reduce((sum, list) => sum + list.length, 0)
    if (kept > MOST_KEPT) {
      days.clear()
      kept = 0
    }
    days.set(key, made)
    return made
  }
  return {
    *turns(wanted, within) {
      for (let day = Math.floor(within.from / DAY); day * DAY < within.to; day++)
        for (const turn of dayOf(wanted, day)) if (turn.start >= within.from && turn.start < within.to) yield turn
    },
  }
}

function placesFor(all: readonly Place[], { providerId, facilityId }: Wanted): readonly Place[] {
  if (providerId === undefined && facilityId === undefined) return all
  return all.filter(
    (place) =>
      (providerId === undefined || place.providerId === providerId) &&
      (facilityId === undefined || place.facilityId === facilityId),
  )
}

/** The turns of a UTC day. Places with the same zone, hours and exceptions have the same starts: they are derived once. */
function deriveDay(places: readonly Place[], type: VisitTypeRow, day: number): Turn[] {
  const within = { from: day * DAY, to: (day + 1) * DAY }
  const turns = new Map<number, Place[][]>()
  for (const group of alike(places, { from: within.from, to: within.to + type.durationMinutes * MINUTE })) {
    const [one] = group
    if (!one) continue
    for (const start of deriveStarts(one, type, [], within)) {
      const groups = turns.get(start)
      if (groups) groups.push(group)
      else turns.set(start, [group])
    }
  }
  const merged = new Map<string, Place[]>()
  const merge = (groups: readonly Place[][]): Place[] => {
    const [one] = groups
    if (one && groups.length === 1) return one
    // No two groups begin with the same place.
    const key = groups.map(([first]) => `${first?.providerId} ${first?.facilityId}`).join()
    const known = merged.get(key) ?? groups.flat().toSorted(byPlace)
    merged.set(key, known)
    return known
  }
  return [...turns].toSorted(([a], [b]) => a - b).map(([start, groups]) => ({ start, places: merge(groups) }))
}

function alike(places: readonly Place[], within: Span): Iterable<Place[]> {
  const groups = new Map<string, Place[]>()
  const ids = new Map<Place['hours'], number>()
  const near = (spans: readonly Span[]): string =>
    spans
      .filter((span) => overlaps(span, within))
      .map(({ from, to }) => `${from}-${to}`)
      .join()
  for (const place of places) {
    const { zone, hours, extra, off } = place
    const id = ids.get(hours) ?? ids.size
    ids.set(hours, id)
    const key = `${zone} ${id} ${near(extra)} ${near(off)}`
    const group = groups.get(key)
    if (group) group.push(place)
    else groups.set(key, [place])
  }
  return groups.values()
}

/** Whether a visit of the shape can begin at an instant at the place, by the calendar alone. */
export const isTurn = (place: Place, shape: Shape, start: number): boolean =>
  deriveStarts(place, shape, [], { from: start, to: start + 1 }).length > 0
