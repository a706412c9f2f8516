import { statement } from '@wellgate/shared/db/query'

/** The facilities, or the one that is $1, with their zones. */
export const facilities = statement<{ id: string; time_zone: string }>(
  'slot.facilities',
  `select id, time_zone from facility_calendar where $1::uuid is null or id = $1`,
)

/**
 * The first $9 providers of visit type $1, by id from $2 (which is one of them if $3 says so), who may have a start at
 * steps of $10 minutes in the minutes $7 to $8 of the days $5 (weekdays $6) at the facilities $4, or extra hours from $11
 * to $12 (at facility $13, if one is named). The distinct hours of a facility and weekday are read by skipping from one to
 * the next in the index, so that a thousand providers with the same hours cost one step, and none where no start is.
 */
export const providersNear = statement<{ provider_id: string }>(
  'slot.providers',
  `with recursive near as (
     select * from unnest($4::uuid[], $5::date[], $6::int[], $7::int[], $8::int[])
       as n (facility_id, day, weekday, since, before)
   ), shift as (
     select n.*, a.from_minute, a.to_minute
       from near n cross join lateral (
            select from_minute, to_minute from availability
             where facility_id = n.facility_id and weekday = n.weekday
             order by from_minute, to_minute limit 1) a
     union all
     select s.facility_id, s.day, s.weekday, s.since, s.before, a.from_minute, a.to_minute
       from shift s cross join lateral (
            select from_minute, to_minute from availability
             where facility_id = s.facility_id and weekday = s.weekday
               and (from_minute, to_minute) > (s.from_minute, s.to_minute)
             order by from_minute, to_minute limit 1) a
   )
   select provider_id from (
     select found.provider_id
       from shift s cross join lateral (
            select distinct a.provider_id from availability a
             where a.facility_id = s.facility_id and a.weekday = s.weekday
               and a.from_minute = s.from_minute and a.to_minute = s.to_minute
               and a.provider_id >= $2 and ($3 or a.provider_id <> $2)
               and (a.valid_from is null or a.valid_from <= s.day) and (a.valid_to is null or s.day <= a.valid_to)
               and exists (select from provider_visit_type v join provider p on p.id = v.provider_id and p.active
                            where v.provider_id = a.provider_id and v.visit_type_id = $1)
             order by a.provider_id limit $9) found
      where s.from_minute + $10::int * greatest(0, (s.since - s.from_minute + $10::int - 1) / $10::int)
            < least(s.before, s.to_minute)
     union
     select e.provider_id
       from availability_exception e
      where e.kind = 'extra' and tstzrange(e.starts, e.ends) && tstzrange($11, $12)
        and e.provider_id >= $2 and ($3 or e.provider_id <> $2) and ($13::uuid is null or e.facility_id = $13)
        and exists (select from provider_visit_type v join provider p on p.id = v.provider_id and p.active
                     where v.provider_id = e.provider_id and v.visit_type_id = $1)
   ) every
   order by provider_id limit $9`,
)

/** The hours of the providers $2 who offer visit type $1, at facility $3 or anywhere (null). */
export const hoursOf = statement<{
  provider_id: string
  facility_id: string
  time_zone: string
  weekday: number
  from_minute: number
  to_minute: number
  valid_from: string | null
  valid_to: string | null
}>(
  'slot.hours',
  `select a.provider_id, a.facility_id, f.time_zone, a.weekday, a.from_minute, a.to_minute, a.valid_from, a.valid_to
     from provider_visit_type v
     join provider p on p.id = v.provider_id and p.active
     join availability a on a.provider_id = p.id
     join facility_calendar f on f.id = a.facility_id
    where v.visit_type_id = $1 and v.provider_id = any ($2::uuid[]) and ($3::uuid is null or f.id = $3)`,
)

/** Exceptions between $4 and $5, as {@link hoursOf}, and those of whole facilities; the zone is that of the facility, if one is named. */
export const exceptionsOf = statement<{
  kind: 'off' | 'extra'
  provider_id: string | null
  facility_id: string | null
  time_zone: string | null
  starts: Date
  ends: Date
}>(
  'slot.exceptions',
  `select e.kind, e.provider_id, e.facility_id, f.time_zone, e.starts, e.ends
     from availability_exception e
     left join facility_calendar f on f.id = e.facility_id
    where e.provider_id = any ($2::uuid[]) and e.ends > $4 and e.starts < $5
      and ($3::uuid is null or e.facility_id is null or e.facility_id = $3)
      and exists (select from provider_visit_type v join provider p on p.id = v.provider_id and p.active
                   where v.provider_id = e.provider_id and v.visit_type_id = $1)
    union all
   select e.kind, e.provider_id, e.facility_id, null, e.starts, e.ends
     from availability_exception e
    where e.provider_id is null and e.ends > $4 and e.starts < $5 and ($3::uuid is null or e.facility_id = $3)`,
)

const LIVE = `status not in ('cancelled', 'no-show', 'expired')
      and (status <> 'held' or hold_expires_at > clock_timestamp())`

/** What is taken of the providers $1 from $2 to $3. A visit is no longer than a day, a buffer no longer than four hours. */
export const busyOf = statement<{ id: string; provider_id: string; taken_from: Date; taken_to: Date }>(
  'slot.busy',
  `select id, provider_id, taken_from, taken_to from booking
    where provider_id = any ($1::uuid[]) and ${LIVE}
      and starts > $2::timestamptz - interval '28 hours' and starts < $3::timestamptz + interval '4 hours'
      and taken_to > $2 and taken_from < $3`,
)

/** The rooms of the facilities $1, with what is taken of each from $2 to $3. */
export const roomsOf = statement<{
  facility_id: string
  room_id: string
  booking_id: string | null
  taken_from: Date | null
  taken_to: Date | null
}>(
  'slot.rooms',
  `select r.facility_id, r.id as room_id, b.id as booking_id, b.taken_from, b.taken_to
     from room r
     left join booking b on b.room_id = r.id and b.facility_id = r.facility_id and ${LIVE}
      and b.starts > $2::timestamptz - interval '28 hours' and b.starts < $3::timestamptz + interval '4 hours'
      and b.taken_to > $2 and b.taken_from < $3
    where r.facility_id = any ($1::uuid[]) and r.active`,
)
