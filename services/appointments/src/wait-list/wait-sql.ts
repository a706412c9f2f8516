import { statement } from '@wellgate/shared/db/query'
import type { WAIT_STATUSES } from '@wellgate/shared/contracts/appointments/models'

export type OfferStatus = 'open' | 'accepted' | 'declined' | 'expired'

export interface WaitRow {
  readonly id: string
  readonly patient_id: string
  readonly visit_type_id: string
  readonly provider_id: string | null
  readonly facility_id: string | null
  readonly earliest: Date
  readonly latest: Date
  readonly status: (typeof WAIT_STATUSES)[number]
  readonly version: number
  readonly offer_id: string | null
  readonly booking_id: string | null
  readonly offer_provider: string | null
  readonly offer_facility: string | null
  readonly offer_starts: Date | null
  readonly expires_at: Date | null
}

const COLUMNS = `w.id, w.patient_id, w.visit_type_id, w.provider_id, w.facility_id, w.earliest, w.latest, w.status, w.version,
    o.id as offer_id, o.booking_id, o.provider_id as offer_provider, o.facility_id as offer_facility,
    o.starts as offer_starts, o.expires_at`
const FROM = `from wait_entry w left join wait_offer o on o.entry_id = w.id and o.status = 'open'`
const SELECT = `select ${COLUMNS} ${FROM}`

/** Who is in line, or asked. */
const LIVE = `('waiting', 'offered')`

export const waitById = statement<WaitRow>('wait.by-id', `${SELECT} where w.id = $1`)

export const lockWait = statement('wait.lock', 'select from wait_entry where id = $1 for update')

/** What $1 waits for, all of it, among the latest 100 entries; latest first. */
export const waitOfPatient = statement<WaitRow>(
  'wait.of-patient',
  `${SELECT} where w.patient_id = $1 and (w.status in ${LIVE}
      or w.id in (select id from wait_entry where patient_id = $1 order by id desc limit 100))
    order by w.id desc`,
)

/** Someone in line, with what they were asked about before: `<provider> <milliseconds of the start>`. */
export type InLine = WaitRow & { readonly before: readonly string[] }

/** The database's clock and the version of the calendar, as a turn begins. */
export const turnBegins = statement<{ now: Date; version: string }>(
  'wait.turn-begins',
  'select clock_timestamp() as now, version::text as version from calendar_version',
)

/** What was let go of since $3: cancelled and the like, held in vain, moved away from. */
const FREED = `select patient_id, provider_id, facility_id, room_id, taken_from, taken_to from booking
     where status in ('cancelled', 'no-show', 'expired') and updated_at > $3
   union all
   select patient_id, provider_id, facility_id, room_id, taken_from, taken_to from booking
     where status = 'held' and hold_expires_at > $3 and hold_expires_at <= clock_timestamp()
   union all
   select b.patient_id, h.provider_id, h.facility_id, h.room_id, h.starts, h.ends
     from booking_history h join booking b on b.id = h.booking_id
    where h.archived_at > $3
      and (h.provider_id, h.facility_id, h.room_id, h.starts)
          is distinct from (b.provider_id, b.facility_id, b.room_id, b.starts)`

/**
 * A room serves every provider of its facility; what a patient lets go of lets them come at other times. The day before and
 * after is for buffers.
 */
const MAY_FIT = `f.patient_id = w.patient_id
    or ((w.facility_id is null or w.facility_id = f.facility_id)
      and (w.provider_id is null or w.provider_id = f.provider_id or f.room_id is not null)
      and f.taken_from < w.latest + interval '1 day' and f.taken_to > w.earliest - interval '1 day')`

/**
 * Whose turn it may be, longest wait first: from after entry $1, at most $2. Who is asked about another time is not. With $3
 * only those who came since, and those whom something may fit that was let go of since.
 */
export const inLine = statement<InLine>(
  'wait.in-line',
  `with freed as materialized (${FREED})
   select ${COLUMNS},
     array(select b.provider_id || ' ' || (extract(epoch from b.starts) * 1000)::bigint
             from wait_offer b where b.entry_id = w.id) as before
   ${FROM} where w.status = 'waiting' and w.latest > clock_timestamp()
      and ($1::uuid is null or (w.created_at, w.id) > (select created_at, id from wait_entry where id = $1))
      and not exists (select from wait_entry a where a.patient_id = w.patient_id and a.status = 'offered')
      and ($3::timestamptz is null or w.created_at > $3 or exists (select from freed f where ${MAY_FIT}))
    order by w.created_at, w.id limit $2`,
)

/** Offers that are over by the database's clock. */
export const overdue = statement<WaitRow>(
  'wait.overdue',
  `${SELECT} where w.status = 'offered' and o.expires_at <= clock_timestamp() order by w.id limit 200`,
)

/** Those who wait for a time that is over. */
export const waitedInVain = statement<{ id: string }>(
  'wait.in-vain',
  `select id from wait_entry where status = 'waiting' and latest <= clock_timestamp() order by created_at limit 1000`,
)

/** Forgets entries of a month ago, with what they were offered. */
export const deleteLongOver = statement(
  'wait.delete-long-over',
  `with over as (
     select id from wait_entry
      where status in ('left', 'booked') and latest < clock_timestamp() - interval '30 days'
      order by created_at limit 1000 for update skip locked),
   offers as (delete from wait_offer where entry_id in (select id from over))
   delete from wait_entry where id in (select id from over)`,
)

/**
 * What entry $1 was offered last, and what became of it. Ids rise with time; when an offer ends does not tell, since one
 * of a time that begins soon ends before one that was made, and declined, earlier.
 */
export const lastOffer = statement<{ id: string; booking_id: string; status: OfferStatus }>(
  'wait.last-offer',
  `select id, booking_id, status from wait_offer where entry_id = $1
    order by (status = 'open') desc, id desc limit 1`,
)

/** Those who join for patient $1 take turns until the commit. */
export const lockJoining = statement(
  'wait.lock-joining',
  `select pg_advisory_xact_lock(hashtextextended('wellgate/appointments/joining/' || $1::uuid, 0))`,
)

/** Call it after {@link lockJoining}: inserts nothing where patient $2 waits for $8 things already. */
export const insertWait = statement(
  'wait.insert',
  `insert into wait_entry (id, patient_id, visit_type_id, provider_id, facility_id, earliest, latest, status, version)
   select $1, $2, $3, $4, $5, $6, $7, 'waiting', 1
    where (select count(*) from wait_entry where patient_id = $2 and status in ${LIVE}) < $8::int`,
)

export const setWait = statement<{ version: number }>(
  'wait.set',
  `update wait_entry set status = $2, version = version + 1 where id = $1 returning version`,
)

/**
 * Call it after {@link takeTurn}. Nobody is asked twice about one time, nor about two at once, whatever they wait for; and a
 * time is offered to the next only when it was taken back from the one before. Nothing is inserted where it would not be so.
 */
export const insertOffer = statement(
  'wait.insert-offer',
  `insert into wait_offer (id, entry_id, booking_id, provider_id, facility_id, starts, status, expires_at)
   select $1, $2, $3, $4, $5, $6, 'open', $7
    where not exists (
      select from wait_offer o join wait_entry e on e.id = o.entry_id
       where o.status = 'open' and ((o.provider_id = $4 and o.starts = $6)
          or e.patient_id = (select patient_id from wait_entry where id = $2)))
      and not exists (select from wait_offer o where o.entry_id = $2 and o.provider_id = $4 and o.starts = $6)`,
)

/** Ends the offers whose holds $1 were let go of: the next turn takes them back. */
export const endOffers = statement(
  'wait.end-offers',
  `update wait_offer set expires_at = clock_timestamp() where booking_id = any($1::uuid[]) and status = 'open'`,
)

export const setOffer = statement('wait.set-offer', `update wait_offer set status = $2 where id = $1`)

/** One process makes offers at a time, so that the line is a line. */
export const takeTurn = statement<{ mine: boolean }>(
  'wait.take-turn',
  `select pg_try_advisory_xact_lock(hashtextextended('wellgate/appointments/wait-list', 0)) as mine`,
)
