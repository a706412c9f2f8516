import type { VisitTypeRow } from '../calendar/calendar.ts'
import { byPlace, type Calendar, type Place } from './calendar.ts'
import { deriveStarts, type Shape } from './derive.ts'
import { overlaps, type Span } from './spans.ts'

const MINUTE = 60_000
const DAY = 1440 * MINUTE
/** What the days that are kept weigh at most together, in bytes: about a fifth of the heap of a pod. */
const MOST_KEPT = 32_000_000
/** About what an entry of a map weighs beside the text of its key, a turn, a list beside its places, and a place in it, in bytes. */
const WEIGHTS = { entry: 250, turn: 64, list: 32, place: 8 }

export interface Wanted {
  readonly visitTypeId: string
  readonly providerId?: string | undefined
  readonly facilityId?: string | undefined
}

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

/**
 * The agenda of a calendar. Days are kept, so that most searches derive nothing; where they weigh more than `most` bytes
 * those that were not asked for the longest are derived again. Where nobody offers what is wanted there is nothing to keep.
 */
export function createAgenda({ visitTypes, places }: Calendar, most = MOST_KEPT): Agenda {
  const days = new Map<string, Day>()
  let kept = 0
  const forget = (key: string, { bytes }: Day): void => {
    days.delete(key)
    kept -= bytes
  }
  const dayOf = (key: string, derive: () => Turn[]): readonly Turn[] => {
    const known = days.get(key)
    if (known) forget(key, known)
    const made = known ?? weighed(key, derive())
    if (made.bytes > most) return made.turns
    for (const [oldest, each] of days) {
      if (kept + made.bytes <= most) break
      forget(oldest, each)
    }
    days.set(key, made)
    kept += made.bytes
    return made.turns
  }
  return {
    *turns(wanted, within) {
      const { visitTypeId, providerId = '', facilityId = '' } = wanted
      const type = visitTypes.get(visitTypeId)
      const fitting = placesFor(places.get(visitTypeId) ?? [], wanted)
      if (!type || fitting.length === 0) return
      for (let day = Math.floor(within.from / DAY); day * DAY < within.to; day++) {
        const turns = dayOf(`${visitTypeId} ${providerId} ${facilityId} ${day}`, () => deriveDay(fitting, type, day))
        for (const turn of turns) if (turn.start >= within.from && turn.start < within.to) yield turn
      }
    },
  }
}

interface Day {
  readonly turns: readonly Turn[]
  readonly bytes: number
}

function weighed(key: string, turns: readonly Turn[]): Day {
  let bytes = WEIGHTS.entry + key.length + turns.length * WEIGHTS.turn
  for (const list of new Set(turns.map(({ places }) => places))) bytes += WEIGHTS.list + list.length * WEIGHTS.place
  return { turns, bytes }
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
