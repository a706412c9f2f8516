import { type Queryable, rows } from '@wellgate/shared/db/query'
import type { Hours, Shape } from './derive.ts'
import type { Span } from './spans.ts'
import * as sql from './slot-sql.ts'

const MINUTE = 60_000
const DAY = 1440 * MINUTE

/** Where a provider can be seen: the hours there. */
export interface Place {
  readonly providerId: string
  readonly facilityId: string
  readonly zone: string
  readonly hours: Hours[]
  readonly extra: Span[]
  readonly off: Span[]
}

export interface Wanted {
  readonly visitTypeId: string
  readonly providerId?: string | undefined
  readonly facilityId?: string | undefined
}

const spanOf = (from: Date, to: Date): Span => ({ from: from.getTime(), to: to.getTime() })

/** Every place where one of the providers can be seen for the visit within the span, with the hours there. */
export async function loadPlaces(
  q: Queryable,
  wanted: Wanted,
  within: Span,
  providerIds: readonly string[] = wanted.providerId === undefined ? [] : [wanted.providerId],
): Promise<Place[]> {
  if (providerIds.length === 0) return []
  const about = [wanted.visitTypeId, providerIds, wanted.facilityId ?? null]
  const [hours, exceptions] = await Promise.all([
    rows(q, sql.hoursOf, about),
    rows(q, sql.exceptionsOf, [...about, new Date(within.from), new Date(within.to + DAY)]),
  ])
  const places = new Map<string, Place>()
  const placeAt = (providerId: string, facilityId: string, zone: string): Place => {
    const key = `${providerId} ${facilityId}`
    const known = places.get(key)
    if (known) return known
    const made: Place = { providerId, facilityId, zone, hours: [], extra: [], off: [] }
    places.set(key, made)
    return made
  }
  for (const row of hours) {
    placeAt(row.provider_id, row.facility_id, row.time_zone).hours.push({
      weekday: row.weekday,
      fromMinute: row.from_minute,
      toMinute: row.to_minute,
      validFrom: row.valid_from,
      validTo: row.valid_to,
    })
  }
  for (const { kind, provider_id, facility_id, time_zone, starts, ends } of exceptions) {
    if (kind !== 'extra' || provider_id === null || facility_id === null || time_zone === null) continue
    placeAt(provider_id, facility_id, time_zone).extra.push(spanOf(starts, ends))
  }
  for (const { kind, provider_id, facility_id, starts, ends } of exceptions) {
    if (kind !== 'off') continue
    for (const place of places.values()) {
      const its = provider_id === null || provider_id === place.providerId
      if (its && (facility_id === null || facility_id === place.facilityId)) place.off.push(spanOf(starts, ends))
    }
  }
  return [...places.values()]
}

/** What is taken of providers, and of the rooms of facilities; without one booking, where that is about to move. */
export interface Taken {
  readonly ofProvider: ReadonlyMap<string, Span[]>
  /** By facility, then by room. */
  readonly ofRooms: ReadonlyMap<string, ReadonlyMap<string, Span[]>>
}

/** The longest visit, and the longest buffer, that the contract lets be. */
const [LONGEST, BUFFER] = [DAY, DAY / 6]

/** What is in the way of visits that begin within the span; of a visit of any length where no `shape` is given. */
export async function loadTaken(
  q: Queryable,
  places: readonly Place[],
  within: Span,
  options: { rooms: boolean; except?: string | undefined; shape?: Shape },
): Promise<Taken> {
  const { shape } = options
  const before = shape ? shape.bufferBeforeMinutes * MINUTE : BUFFER
  const after = shape ? (shape.durationMinutes + shape.bufferAfterMinutes) * MINUTE : LONGEST + BUFFER
  const [from, to] = [new Date(within.from - before), new Date(within.to + after)]
  const unique = (ids: string[]): string[] => [...new Set(ids)]
  const [busy, rooms] = await Promise.all([
    rows(q, sql.busyOf, [unique(places.map(({ providerId }) => providerId)), from, to]),
    options.rooms ? rows(q, sql.roomsOf, [unique(places.map(({ facilityId }) => facilityId)), from, to]) : [],
  ])
  const ofProvider = new Map<string, Span[]>()
  for (const { id, provider_id, taken_from, taken_to } of busy) {
    if (id === options.except) continue
    const spans = ofProvider.get(provider_id) ?? []
    spans.push(spanOf(taken_from, taken_to))
    ofProvider.set(provider_id, spans)
  }
  const ofRooms = new Map<string, Map<string, Span[]>>()
  for (const { facility_id, room_id, booking_id, taken_from, taken_to } of rooms) {
    const facility = ofRooms.get(facility_id) ?? new Map<string, Span[]>()
    ofRooms.set(facility_id, facility)
    const spans = facility.get(room_id) ?? []
    facility.set(room_id, spans)
    if (taken_from && taken_to && booking_id !== options.except) spans.push(spanOf(taken_from, taken_to))
  }
  return { ofProvider, ofRooms }
}
