import type { z } from 'zod'
import type { Provider, Room, VisitType, WeeklyOpening } from '@wellgate/shared/contracts/appointments/models'
import { execute, maybeOne, one, type Queryable, rows } from '@wellgate/shared/db/query'
import type { ConstraintTable } from '@wellgate/shared/db/sqlstate'
import type { Tx } from '@wellgate/shared/db/tx'
import { unknownReference } from '../errors.ts'
import { minuteOf, type VisitTypeRow } from './calendar.ts'
import * as sql from './calendar-sql.ts'

/** What broken constraints of the calendar mean to the caller; for `withTx`. */
export const calendarConstraints: ConstraintTable = {
  provider_visit_type_visit_type_id_fkey: () => unknownReference('body.visitTypeIds', 'visit type'),
  room_facility_id_fkey: () => unknownReference('body.facilityId', 'facility'),
  availability_provider_id_fkey: () => unknownReference('params.providerId', 'provider'),
  availability_facility_id_fkey: () => unknownReference('params.facilityId', 'facility'),
  availability_exception_provider_id_fkey: () => unknownReference('body.providerId', 'provider'),
  availability_exception_facility_id_fkey: () => unknownReference('body.facilityId', 'facility'),
}

export interface ExceptionRow {
  readonly id: string
  readonly kind: 'off' | 'extra'
  readonly providerId: string | null
  readonly facilityId: string | null
  readonly start: string
  readonly end: string
}

/** Facilities, visit types, providers, rooms and hours: few, unsealed. */
export const calendar = {
  visitType: (q: Queryable, id: string): Promise<VisitTypeRow | undefined> => maybeOne(q, sql.visitTypeById, [id]),
  facility: (q: Queryable, id: string) => maybeOne(q, sql.facilityById, [id]),
  /** `limit` and one more, by id. */
  visitTypes: (q: Queryable, after: string | null, limit: number, staff: boolean) =>
    rows(q, sql.visitTypesAfter, [after, limit + 1, staff]),
  /** By id, also those that are not offered any more, each with its version. */
  everyVisitType: (q: Queryable, after: string | null, limit: number) =>
    rows(q, sql.everyVisitTypeAfter, [after, limit]),
  /** As visit types, each with what it offers: to patients only what they may book. */
  providers: (q: Queryable, after: string | null, limit: number, staff: boolean) =>
    rows(q, sql.providersAfter, [after, limit + 1, staff]),
  facilities: (q: Queryable, after: string | null, limit: number) => rows(q, sql.facilitiesAfter, [after, limit + 1]),

  async putFacility(tx: Tx, { id, name, timeZone }: sql.FacilityRow): Promise<void> {
    await execute(tx, sql.putFacility, [id, name, timeZone])
  },

  /** Stores a visit type; answers with its version. */
  async putVisitType(tx: Tx, type: VisitType): Promise<number> {
    const values = [
      type.id,
      type.name,
      type.durationMinutes,
      type.stepMinutes,
      type.bufferBeforeMinutes,
      type.bufferAfterMinutes,
      type.needsRoom,
      type.priceCode,
      type.horizonDays,
      type.minimumNoticeMinutes,
      type.changeNoticeMinutes,
      type.selfBookable,
      type.active,
    ]
    return (await one(tx, sql.putVisitType, values)).version
  },

  async putProvider(tx: Tx, { id, name, active, visitTypeIds }: Provider): Promise<void> {
    await execute(tx, sql.putProvider, [id, name, active])
    await execute(tx, sql.dropOffers, [id, visitTypeIds])
    await execute(tx, sql.addOffers, [id, visitTypeIds])
  },

  async putRoom(tx: Tx, { id, name, facilityId, active }: Room): Promise<void> {
    await execute(tx, sql.putRoom, [id, name, facilityId, active])
  },

  /** Replaces the weekly hours of a provider at a facility. */
  async putHours(
    tx: Tx,
    at: { providerId: string; facilityId: string },
    weekly: readonly z.output<typeof WeeklyOpening>[],
    newId: () => string,
  ): Promise<void> {
    await execute(tx, sql.lockProvider, [at.providerId])
    await execute(tx, sql.dropHours, [at.providerId, at.facilityId])
    for (const { weekday, from, to, validFrom, validTo } of weekly) {
      const values = [at.providerId, at.facilityId, weekday, minuteOf(from), minuteOf(to), validFrom, validTo]
      await execute(tx, sql.addHours, [newId(), ...values])
    }
  },

  async addException(tx: Tx, { id, kind, providerId, facilityId, start, end }: ExceptionRow): Promise<void> {
    const when = [new Date(start), new Date(end)]
    await execute(tx, sql.addException, [id, kind, providerId, facilityId, ...when])
  },

  /** False where there is none. */
  async removeException(q: Queryable, id: string): Promise<boolean> {
    return (await execute(q, sql.removeException, [id])) > 0
  },
}
