import { statement } from '@wellgate/shared/db/query'

export interface DueRow {
  readonly id: string
  readonly patient_id: string
  readonly facility_id: string
  readonly starts: Date
  readonly version: number
  readonly time_zone: string
  readonly lead_hours: number
}

const LEADS = 'unnest($1::int[]) as l (lead_hours)'

const isDue = (visit: string): string => `${visit}.starts - l.lead_hours * interval '1 hour' <= clock_timestamp()
          and ${visit}.starts - l.lead_hours * interval '1 hour' > ${visit}.updated_at
          and not exists (select from reminder_fired f
                           where f.booking_id = ${visit}.id and f.starts = ${visit}.starts and f.lead_hours = l.lead_hours)`

/**
 * Marks what is due by one of the leads $1 (hours) as fired, and gives of each visit the last that is. At most 300 visits,
 * each with all of its leads. A booking that is being changed is left to the next turn; of two that look at once, the primary
 * key lets one have it.
 */
export const claimDue = statement<DueRow>(
  'reminder.claim-due',
  `with visits as (
     select b.id, b.patient_id, b.facility_id, b.starts, b.version, b.updated_at from booking b
      where b.status in ('booked', 'checked-in') and b.starts > clock_timestamp()
        and b.starts <= clock_timestamp() + (select max(h) from unnest($1::int[]) as h) * interval '1 hour'
        and exists (select from ${LEADS} where ${isDue('b')})
      order by b.starts, b.id limit 300
      for update of b skip locked),
   due as (select v.*, l.lead_hours from visits v cross join ${LEADS} where ${isDue('v')}),
   fired as (
     insert into reminder_fired (booking_id, starts, lead_hours) select id, starts, lead_hours from due
     on conflict do nothing returning booking_id, starts, lead_hours)
   select distinct on (d.id) d.id, d.patient_id, d.facility_id, d.starts, d.version, d.lead_hours, c.time_zone
     from due d join fired f on f.booking_id = d.id and f.starts = d.starts and f.lead_hours = d.lead_hours
     join facility_calendar c on c.id = d.facility_id
    order by d.id, d.lead_hours`,
)
