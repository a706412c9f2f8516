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

const LIVE = `b.status not in ('cancelled', 'no-show', 'expired')
           and (b.status <> 'held' or b.hold_expires_at > clock_timestamp()) and ($8::uuid is null or b.id <> $8)`

/**
 * SQL: whether a wanted time is free of what `owner` is to have once. What is taken of one owner never overlaps, so the last
 * that begins before the end is the only one that can be in the way. A hold that is over is in nobody's.
 */
const isFree = (column: 'provider_id' | 'room_id', owner: string): string =>
  `not coalesce((select b.taken_to > wanted.taken_from from booking b
         where b.${column} = ${owner} and b.taken_from < wanted.taken_to
           and ${LIVE}
         order by b.taken_from desc limit 1), false)`

/**
 * Which of the starts $2 (in milliseconds) with the providers $1 at the facilities $3 are free, by their place in the
 * arrays, beside the calendar's version. A visit has $5 minutes, and takes $4 before and $6 after; $7 says that it needs a
 * room. $8 is the booking that moves, or null; $9 the patient who must be nowhere else then, or null.
 */
export const freeOf = statement<{ version: string; free: number[] | null }>(
  'slot.free',
  `with wanted as materialized (
     select provider_id, facility_id, n, starts, starts + $5::int * interval '1 minute' as ends,
            starts - $4::int * interval '1 minute' as taken_from,
            starts + ($5::int + $6::int) * interval '1 minute' as taken_to
       from unnest($1::uuid[], $2::bigint[], $3::uuid[]) with ordinality as c (provider_id, start, facility_id, n),
            lateral (select timestamptz 'epoch' + start * interval '1 millisecond' as starts) as at),
   own as materialized (
     select b.starts, b.ends from booking b
      where b.patient_id = $9::uuid and b.starts > (select min(starts) - interval '24 hours' from wanted) and ${LIVE})
   select ${VERSION} as version,
          (select array_agg(n::int order by n) from wanted
            where ${isFree('provider_id', 'wanted.provider_id')}
              and not exists (select from own where own.starts < wanted.ends and own.ends > wanted.starts)
              and (not $7::boolean or exists (
                    select from room r where r.facility_id = wanted.facility_id and r.active
                       and ${isFree('room_id', 'r.id')}))) as free`,
)
