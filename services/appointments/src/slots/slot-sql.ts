import { statement } from '@wellgate/shared/db/query'

const VERSION = '(select version::text from calendar_version)'

/** The version that the calendar has: each change of a facility, visit type, provider, hour or exception raises it. */
export const calendarVersion = statement<{ version: string }>('slot.version', `select ${VERSION} as version`)

/** Whom a patient can see for which visit. */
export const offers = statement<{ provider_id: string; visit_type_id: string }>(
  'slot.offers',
  `select v.provider_id, v.visit_type_id
     from provider_visit_type v join provider p on p.id = v.provider_id and p.active`,
)

/** Weekly hours of a provider at a facility: a JSON array of [weekday, from, to, valid from, valid to], in one order. */
export const hours = statement<{ provider_id: string; facility_id: string; time_zone: string; hours: string }>(
  'slot.hours',
  `select a.provider_id, a.facility_id, f.time_zone,
          json_agg(json_build_array(a.weekday, a.from_minute, a.to_minute, a.valid_from, a.valid_to)
                   order by a.weekday, a.from_minute, a.to_minute, a.valid_from, a.valid_to)::text as hours
     from availability a join facility_calendar f on f.id = a.facility_id
    group by 1, 2, 3`,
)

/** Exceptions that end after $1; the zone is that of the facility, if one is named. */
export const exceptions = statement<{
  kind: 'off' | 'extra'
  provider_id: string | null
  facility_id: string | null
  time_zone: string | null
  starts: Date
  ends: Date
}>(
  'slot.exceptions',
  `select e.kind, e.provider_id, e.facility_id, f.time_zone, e.starts, e.ends
     from availability_exception e left join facility_calendar f on f.id = e.facility_id
    where e.ends > $1
    order by e.starts, e.ends`,
)
