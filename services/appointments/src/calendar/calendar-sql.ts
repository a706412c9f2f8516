import { statement } from '@wellgate/shared/db/query'
import type { VisitTypeRow } from './calendar.ts'

const VISIT_TYPE = `id, name, duration_minutes as "durationMinutes", step_minutes as "stepMinutes",
  buffer_before_minutes as "bufferBeforeMinutes", buffer_after_minutes as "bufferAfterMinutes", needs_room as "needsRoom",
  price_code as "priceCode", horizon_days as "horizonDays", minimum_notice_minutes as "minimumNoticeMinutes",
  change_notice_minutes as "changeNoticeMinutes", self_bookable as "selfBookable", active`

export interface FacilityRow {
  readonly id: string
  readonly name: string
  readonly timeZone: string
}

export interface ProviderRow {
  readonly id: string
  readonly name: string
  readonly active: boolean
  readonly visitTypeIds: readonly string[]
}

export const visitTypeById = statement<VisitTypeRow>(
  'visit-type.by-id',
  `select ${VISIT_TYPE} from visit_type where id = $1`,
)

export const visitTypesAfter = statement<VisitTypeRow>(
  'visit-type.after',
  `select ${VISIT_TYPE} from visit_type
    where active and ($3 or self_bookable) and ($1::uuid is null or id > $1) order by id limit $2`,
)

/** All of them, also those that are not offered any more. */
export const everyVisitTypeAfter = statement<VisitTypeRow & { version: number }>(
  'visit-type.every-after',
  `select ${VISIT_TYPE}, version from visit_type where $1::uuid is null or id > $1 order by id limit $2`,
)

/** With all that each offers or, where $3 is false, with what patients may book of it. */
export const providersAfter = statement<ProviderRow>(
  'provider.after',
  `select p.id, p.name, p.active,
          array(select t.id from provider_visit_type v join visit_type t on t.id = v.visit_type_id
                 where v.provider_id = p.id and ($3 or t.active and t.self_bookable) order by 1) as "visitTypeIds"
     from provider p where p.active and ($1::uuid is null or p.id > $1) order by p.id limit $2`,
)

export const facilitiesAfter = statement<FacilityRow>(
  'facility.after',
  `select id, name, time_zone as "timeZone" from facility_calendar
    where $1::uuid is null or id > $1 order by id limit $2`,
)

export const facilityById = statement<FacilityRow>(
  'facility.by-id',
  `select id, name, time_zone as "timeZone" from facility_calendar where id = $1`,
)

export const putFacility = statement(
  'facility.put',
  `insert into facility_calendar (id, name, time_zone) values ($1, $2, $3)
   on conflict (id) do update set name = excluded.name, time_zone = excluded.time_zone`,
)

/** Answers with the version that it has now. */
export const putVisitType = statement<{ version: number }>(
  'visit-type.put',
  `insert into visit_type (id, name, duration_minutes, step_minutes, buffer_before_minutes, buffer_after_minutes, needs_room,
     price_code, horizon_days, minimum_notice_minutes, change_notice_minutes, self_bookable, active)
   values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
   on conflict (id) do update set name = $2, duration_minutes = $3, step_minutes = $4, buffer_before_minutes = $5,
     buffer_after_minutes = $6, needs_room = $7, price_code = $8, horizon_days = $9, minimum_notice_minutes = $10,
     change_notice_minutes = $11, self_bookable = $12, active = $13, version = visit_type.version + 1
   returning version`,
)

export const putProvider = statement(
  'provider.put',
  `insert into provider (id, name, active) values ($1, $2, $3)
   on conflict (id) do update set name = excluded.name, active = excluded.active`,
)

export const dropOffers = statement(
  'provider.drop-offers',
  `delete from provider_visit_type where provider_id = $1 and visit_type_id <> all ($2::uuid[])`,
)

export const addOffers = statement(
  'provider.add-offers',
  `insert into provider_visit_type (provider_id, visit_type_id) select $1, unnest($2::uuid[]) on conflict do nothing`,
)

export const putRoom = statement(
  'room.put',
  `insert into room (id, name, facility_id, active) values ($1, $2, $3, $4)
   on conflict (id) do update set name = excluded.name, facility_id = excluded.facility_id, active = excluded.active`,
)

/** Two that replace the same hours take turns. */
export const lockProvider = statement('provider.lock', `select from provider where id = $1 for no key update`)

export const dropHours = statement(
  'availability.drop',
  `delete from availability where provider_id = $1 and facility_id = $2`,
)

export const addHours = statement(
  'availability.add',
  `insert into availability (id, provider_id, facility_id, weekday, from_minute, to_minute, valid_from, valid_to)
   values ($1, $2, $3, $4, $5, $6, $7, $8)`,
)

export const addException = statement(
  'exception.add',
  `insert into availability_exception (id, kind, provider_id, facility_id, starts, ends) values ($1, $2, $3, $4, $5, $6)`,
)

export const removeException = statement('exception.remove', `delete from availability_exception where id = $1`)
