import { type Statement, statement } from '@wellgate/shared/db/query'

/**
 * SQL: whether what is wanted is free of all that `owner` has. What one owner has never overlaps (the constraints
 * booking_*_once see to it), so the last that begins before the end is the only one that can be in the way. A hold that is
 * over is in nobody's, and the booking that moves ($4, or null) not in its own.
 */
const isFree = (column: string, owner: string, from: string, to: string): string =>
  `not coalesce((select b.${to} > wanted.${from} from booking b
       where b.${column} = ${owner} and b.${from} < wanted.${to}
         and b.status not in ('cancelled', 'no-show', 'expired')
         and (b.status <> 'held' or b.hold_expires_at > clock_timestamp()) and ($4::uuid is null or b.id <> $4)
       order by b.${from} desc limit 1), false)`

const PROVIDER = isFree('provider_id', 'wanted.provider_id', 'taken_from', 'taken_to')
const PATIENT = isFree('patient_id', '$8::uuid', 'starts', 'ends')
const ROOM = `exists (select from room r where r.facility_id = wanted.facility_id and r.active
       and ${isFree('room_id', 'r.id', 'taken_from', 'taken_to')})`

const SOURCES = {
  one: '(select 1 as n, $5::bigint as start, $6::uuid as provider_id, $7::uuid as facility_id) as c',
  many: 'unnest($5::bigint[], $6::uuid[], $7::uuid[]) with ordinality as c (start, provider_id, facility_id, n)',
}

export interface Need {
  /** One start, or arrays of them. */
  readonly of: keyof typeof SOURCES
  readonly room: boolean
  /** Whether a patient, $8, must be nowhere else then. */
  readonly patient: boolean
}

type FreeRow = { readonly version: string; readonly free: number[] | null }

const made = new Map<string, Statement<FreeRow>>()

/**
 * Which of the starts $5 (in milliseconds) with the providers $6 at the facilities $7 are free, by their place in the
 * arrays from 1, beside the version of the calendar. A visit has $2 minutes, and takes $1 before and $3 after. Each need has
 * a statement of its own: one with switches would look cheapest planned anew at each use, and that costs more than it does.
 */
export function freeStatement({ of, room, patient }: Need): Statement<FreeRow> {
  const name = `slot.free-${of}${room ? '-room' : ''}${patient ? '-patient' : ''}`
  const known = made.get(name)
  if (known) return known
  const conditions = [PROVIDER, ...(patient ? [PATIENT] : []), ...(room ? [ROOM] : [])]
  const fresh = statement<FreeRow>(
    name,
    `with wanted as materialized (
       select c.n, c.provider_id, c.facility_id, starts, starts + $2::int * interval '1 minute' as ends,
              starts - $1::int * interval '1 minute' as taken_from,
              starts + ($2::int + $3::int) * interval '1 minute' as taken_to
         from ${SOURCES[of]}, lateral (select timestamptz 'epoch' + c.start * interval '1 millisecond' as starts) as at)
     select (select version::text from calendar_version) as version,
            (select array_agg(n::int order by n) from wanted where ${conditions.join(' and ')}) as free`,
  )
  made.set(name, fresh)
  return fresh
}
