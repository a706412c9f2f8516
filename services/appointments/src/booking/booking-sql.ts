import { statement } from '@wellgate/shared/db/query'
import type { BookingStatus } from './booking.ts'

export interface BookingRow {
  readonly id: string
  readonly patient_id: string
  readonly provider_id: string
  readonly facility_id: string
  readonly visit_type_id: string
  readonly room_id: string | null
  readonly status: BookingStatus
  readonly starts: Date
  readonly ends: Date
  readonly hold_expires_at: Date | null
  readonly encounter_id: string | null
  readonly version: number
  readonly time_zone: string
  readonly document: Buffer
}

const COLUMNS = `b.id, b.patient_id, b.provider_id, b.facility_id, b.visit_type_id, b.room_id, b.status, b.starts, b.ends,
    b.hold_expires_at, b.encounter_id, b.version, f.time_zone`

const SELECT = `select ${COLUMNS}, b.document
   from booking b join facility_calendar f on f.id = b.facility_id`

export const bookingById = statement<BookingRow>('booking.by-id', `${SELECT} where b.id = $1`)

/** Of $1, latest first, what is more than held; from before ($2, $3), at most $4. */
export const bookingsOfPatient = statement<BookingRow>(
  'booking.of-patient',
  `${SELECT} where b.patient_id = $1 and b.status not in ('held', 'expired')
      and ($2::timestamptz is null or (b.starts, b.id) < ($2, $3::uuid))
    order by b.starts desc, b.id desc limit $4`,
)

/** What takes place at facility $1 from $2 to $3, with provider $4 if one is named. */
export const bookingsOfDay = statement<BookingRow>(
  'booking.of-day',
  `${SELECT} where b.facility_id = $1 and b.starts >= $2 and b.starts < $3 and ($4::uuid is null or b.provider_id = $4)
      and b.status not in ('held', 'expired')
    order by b.starts, b.id`,
)

/** Those that are still to come and overlap $3 to $4, with provider $1 and at facility $2, either of them null for any. */
export const bookingsHit = statement<BookingRow>(
  'booking.hit',
  `${SELECT} where ($1::uuid is null or b.provider_id = $1) and ($2::uuid is null or b.facility_id = $2)
      and b.starts < $4 and b.ends > $3 and b.starts > $3::timestamptz - interval '2 days'
      and b.status in ('booked', 'checked-in', 'arrived')
    order by b.starts, b.id`,
)

/** Lets go of the holds that overlap $3 to $4, with provider $1 and at facility $2, either of them null for any. */
export const releaseHit = statement<{ id: string }>(
  'booking.release-hit',
  `update booking set status = 'expired', updated_at = clock_timestamp()
    where status = 'held' and ($1::uuid is null or provider_id = $1) and ($2::uuid is null or facility_id = $2)
      and starts < $4 and ends > $3
   returning id`,
)

/** Holds that are over by the database's clock, of provider $1, of patient $2, or at facility $3 (null for none). */
const OVER = `status = 'held' and hold_expires_at <= clock_timestamp()
      and (provider_id = $1 or patient_id = $2 or (facility_id = $3::uuid and room_id is not null))`

/** The trigger raise_calendar_version has it alone, from a change of the calendar to its commit. */
const CALENDAR = `hashtextextended('wellgate/appointments/calendar', 0)`

/**
 * Writers that want the same provider, patient or rooms take turns: two that insert beside each other would else wait for
 * each other in the constraint until one is ended as a deadlock. Locks are taken in one order, so nobody waits in a ring.
 * All of them share the calendar, which who changes it has alone: a leave waits for what is being written, and what comes
 * after it sees it. Also tells whether {@link sweepHolds} has something to do.
 */
export const lockResources = statement<{ over: boolean }>(
  'booking.lock',
  `select pg_advisory_xact_lock_shared(${CALENDAR}) as shared,
          (select count(*) from (
            select pg_advisory_xact_lock(key)
              from (select distinct hashtextextended('wellgate/appointments/' || r, 0) as key
                      from unnest($4::text[]) as r order by 1) as ordered) as locked) as locked,
          exists (select from booking where ${OVER}) as over`,
)

/** Lets go of holds that are {@link OVER}. */
export const sweepHolds = statement(
  'booking.sweep',
  `update booking set status = 'expired', updated_at = clock_timestamp()
    where id in (select id from booking where ${OVER} order by id for update) and status = 'held'`,
)

/** By then the key of the request that held it is forgotten, so nobody asks for it again. */
export const deleteExpired = statement(
  'booking.delete-expired',
  `delete from booking where status = 'expired' and hold_expires_at < clock_timestamp() - interval '2 days'`,
)

export const countHolds = statement<{ held: number }>(
  'booking.count-holds',
  `select count(*)::int as held from booking
    where patient_id = $1 and status = 'held' and hold_expires_at > clock_timestamp()`,
)

/** A room at $1 that is free from $2 to $3; $4 is the booking that moves, or null. */
export const freeRoom = statement<{ id: string }>(
  'booking.free-room',
  `select r.id from room r
    where r.facility_id = $1 and r.active and not exists (
      select from booking b
       where uuid_range(b.room_id, b.room_id, '[]') && uuid_range(r.id, r.id, '[]')
         and tstzrange(b.taken_from, b.taken_to) && tstzrange($2, $3)
         and b.room_id is not null and b.status not in ('cancelled', 'no-show', 'expired')
         and b.id is distinct from $4::uuid)
    order by r.id limit 1`,
)

/** $12 is for how many seconds it is held, at most until it begins, or null for a booking. */
export const insertBooking = statement<{ hold_expires_at: Date | null }>(
  'booking.insert',
  `insert into booking (id, patient_id, provider_id, facility_id, visit_type_id, room_id, starts, ends, taken_from, taken_to,
     document, hold_expires_at, status, version, changed_by)
   values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, case when $12::int is not null then least(clock_timestamp() + $12 * interval '1 second', $7) end,
     case when $12::int is null then 'booked' else 'held' end, 1, $13)
   returning hold_expires_at`,
)

/** Books what patient $2 holds, if it is still held, and has not begun, by the database's clock. */
export const confirmHold = statement<Omit<BookingRow, 'document'>>(
  'booking.confirm-hold',
  `update booking b set status = 'booked', hold_expires_at = null, version = version + 1, document = $3, changed_by = $4,
     updated_at = clock_timestamp()
     from facility_calendar f
    where b.id = $1 and patient_id = $2 and status = 'held' and hold_expires_at > clock_timestamp()
      and starts > clock_timestamp() and f.id = b.facility_id
   returning ${COLUMNS}`,
)

export const releaseHold = statement(
  'booking.release-hold',
  `update booking set status = 'expired', updated_at = clock_timestamp() where id = $1 and patient_id = $2 and status = 'held'`,
)

const ARCHIVE = `with prior as (
     select * from booking where id = $1 and version = $2 for update),
   archived as (
     insert into booking_history (booking_id, version, provider_id, facility_id, room_id, status, starts, ends, updated_at,
            changed_by, document)
     select id, version, provider_id, facility_id, room_id, status, starts, ends, updated_at, changed_by, document from prior)`

/** Version $2 goes to the history; nothing happens where it is not the present one. */
export const changeStatus = statement<{ version: number }>(
  'booking.change-status',
  `${ARCHIVE}
   update booking b set status = $3, encounter_id = $4, document = $5, changed_by = $6, version = b.version + 1,
     updated_at = clock_timestamp()
     from prior where b.id = prior.id and b.version = $2
   returning b.version`,
)

/** Moves it in one step: the old time is free when, and only when, the new one is had. */
export const moveBooking = statement<{ version: number }>(
  'booking.move',
  `${ARCHIVE}
   update booking b set provider_id = $3, facility_id = $4, room_id = $5, starts = $6, ends = $7, taken_from = $8,
     taken_to = $9, status = 'booked', document = $10, changed_by = $11, version = b.version + 1,
     updated_at = clock_timestamp()
     from prior where b.id = prior.id and b.version = $2
   returning b.version`,
)

export const PROVIDER_NAME = statement<{ name: string }>(
  'booking.provider-name',
  'select name from provider where id = $1',
)
