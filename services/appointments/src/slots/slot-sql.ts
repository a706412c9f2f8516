import { statement } from '@wellgate/shared/db/query'

/** $1 visit type, $2 provider or null, $3 facility or null: everywhere that it could take place. */
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
    where v.visit_type_id = $1 and ($2::uuid is null or p.id = $2) and ($3::uuid is null or f.id = $3)`,
)

/** Exceptions between $4 and $5, as {@link hoursOf}; the zone is that of the facility, if one is named. */
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
    where e.ends > $4 and e.starts < $5
      and ($2::uuid is null or e.provider_id is null or e.provider_id = $2)
      and ($3::uuid is null or e.facility_id is null or e.facility_id = $3)
      and (e.provider_id is null or exists (
            select from provider_visit_type v join provider p on p.id = v.provider_id and p.active
             where v.provider_id = e.provider_id and v.visit_type_id = $1))`,
)

const LIVE = `status not in ('cancelled', 'no-show', 'expired')
      and (status <> 'held' or hold_expires_at > clock_timestamp())`

/** What is taken of the providers $1 near $2 to $3. A visit is no longer than a day, a buffer no longer than four hours. */
export const busyOf = statement<{ id: string; provider_id: string; taken_from: Date; taken_to: Date }>(
  'slot.busy',
  `select id, provider_id, taken_from, taken_to from booking
    where provider_id = any ($1::uuid[]) and ${LIVE}
      and starts > $2::timestamptz - interval '2 days' and starts < $3::timestamptz + interval '2 days'`,
)

/** The rooms of the facilities $1, with what is taken of each near $2 to $3. */
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
      and b.starts > $2::timestamptz - interval '2 days' and b.starts < $3::timestamptz + interval '2 days'
    where r.facility_id = any ($1::uuid[]) and r.active`,
)
