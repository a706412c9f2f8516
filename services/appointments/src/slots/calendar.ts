import { FacilityId } from '@wellgate/shared/contracts/ids'
import type { Pool } from '@wellgate/shared/db/pool'
import { one, rows } from '@wellgate/shared/db/query'
import { type Tx, withTx } from '@wellgate/shared/db/tx'
import type { VisitTypeRow } from '../calendar/calendar.ts'
import { calendar } from '../calendar/calendar-repository.ts'
import type { Hours } from './derive.ts'
import * as sql from './slot-sql.ts'
import type { Span } from './spans.ts'

/** Where a provider can be seen: the hours there. */
export interface Place {
  readonly providerId: string
  readonly facilityId: FacilityId
  readonly zone: string
  /** One object for all places with the same weekly hours. */
  readonly hours: readonly Hours[]
  readonly extra: readonly Span[]
  readonly off: readonly Span[]
}

/** The whole calendar as it was at one version. */
export interface Calendar {
  readonly version: string
  /** Exceptions that ended before are not in it. */
  readonly since: number
  readonly visitTypes: ReadonlyMap<string, VisitTypeRow>
  /** By visit type; by provider, then by facility. */
  readonly places: ReadonlyMap<string, readonly Place[]>
}

const EVERY = 2 ** 31 - 1

/** Reads it at one instant of the database, with the exceptions that are not over at `since`. */
export const loadCalendar = (pool: Pool, since: number): Promise<Calendar> =>
  withTx(pool, (tx) => readCalendar(tx, since), { isolation: 'repeatable read' })

/** The same in a transaction that sees no change: one of repeatable reads, or one that keeps others from changing it. */
export async function readCalendar(tx: Tx, since: number): Promise<Calendar> {
  const { version } = await one(tx, sql.calendarVersion)
  const types = await calendar.everyVisitType(tx, null, EVERY)
  const offers = await rows(tx, sql.offers)
  const places = placesOf(await rows(tx, sql.hours), await rows(tx, sql.exceptions, [new Date(since)]))
  const offered = new Map<string, Set<string>>()
  for (const { provider_id, visit_type_id } of offers)
    offered.set(visit_type_id, (offered.get(visit_type_id) ?? new Set()).add(provider_id))
  const byType = [...offered].map(
    ([type, providers]) => [type, places.filter(({ providerId }) => providers.has(providerId))] as const,
  )
  return { version, since, visitTypes: new Map(types.map((type) => [type.id, type])), places: new Map(byType) }
}

type RowOf<S> = S extends { readonly row?: infer Row } ? NonNullable<Row> : never
type Filling = Omit<Place, 'extra' | 'off'> & { readonly extra: Span[]; readonly off: Span[] }

function placesOf(
  hours: readonly RowOf<typeof sql.hours>[],
  exceptions: readonly RowOf<typeof sql.exceptions>[],
): Place[] {
  const places = new Map<string, Filling>()
  const ofProvider = new Map<string, Filling[]>()
  const ofFacility = new Map<string, Filling[]>()
  const add = (providerId: string, facilityId: string, zone: string, weekly: readonly Hours[]): Filling => {
    const at = FacilityId.parse(facilityId)
    const place = { providerId, facilityId: at, zone, hours: weekly, extra: [], off: [] }
    places.set(`${providerId} ${facilityId}`, place)
    ofProvider.set(providerId, [...(ofProvider.get(providerId) ?? []), place])
    const there = ofFacility.get(facilityId)
    if (there) there.push(place)
    else ofFacility.set(facilityId, [place])
    return place
  }
  const parsed = new Map<string, Hours[]>()
  for (const row of hours) {
    const weekly = parsed.get(row.hours) ?? hoursFrom(row.hours)
    parsed.set(row.hours, weekly)
    add(row.provider_id, row.facility_id, row.time_zone, weekly)
  }
  const none: Hours[] = []
  for (const { kind, provider_id, facility_id, time_zone, starts, ends } of exceptions) {
    if (kind !== 'extra' || provider_id === null || facility_id === null || time_zone === null) continue
    const place = places.get(`${provider_id} ${facility_id}`) ?? add(provider_id, facility_id, time_zone, none)
    place.extra.push(spanOf(starts, ends))
  }
  for (const { kind, provider_id, facility_id, starts, ends } of exceptions) {
    if (kind !== 'off') continue
    const hit = provider_id === null ? ofFacility.get(facility_id ?? '') : ofProvider.get(provider_id)
    for (const place of hit ?? [])
      if (facility_id === null || facility_id === place.facilityId) place.off.push(spanOf(starts, ends))
  }
  return [...places.values()].toSorted(byPlace)
}

const spanOf = (from: Date, to: Date): Span => ({ from: from.getTime(), to: to.getTime() })

function hoursFrom(text: string): Hours[] {
  const weekly = JSON.parse(text) as [number, number, number, string | null, string | null][]
  return weekly.map(([weekday, fromMinute, toMinute, validFrom, validTo]) => ({
    weekday,
    fromMinute,
    toMinute,
    validFrom,
    validTo,
  }))
}

type PlaceId = Readonly<Record<'providerId' | 'facilityId', string>>

/** The order of those who can be seen at the same time. */
export function byPlace(a: PlaceId, b: PlaceId): number {
  if (a.providerId !== b.providerId) return a.providerId < b.providerId ? -1 : 1
  if (a.facilityId !== b.facilityId) return a.facilityId < b.facilityId ? -1 : 1
  return 0
}
