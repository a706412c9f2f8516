import { one } from '@wellgate/shared/db/query'
import type { VisitTypeRow } from '../calendar/calendar.ts'
import type { Place } from './calendar.ts'
import { freeStatement } from './free-sql.ts'
import type { Reading } from './timetable.ts'

/** An array as Postgres reads it: ids and numbers need no quotes, which pg would look for. */
const arrayOf = (values: readonly (string | number)[]): string => `{${values.join(',')}}`

/** A start that a visit can have by the calendar. */
export interface Candidate {
  readonly start: number
  readonly place: Place
}

export interface Whose {
  readonly patientId?: string | undefined
  /** The booking that moves, if one does: it is not in its own way. */
  readonly except?: string | undefined
}

/**
 * Those of the candidates that nobody has taken, in the same order; a room must be free where the visit needs one, and the
 * patient, if one is named, must be nowhere else.
 */
export async function freeOf(
  { q, seen }: Reading,
  type: VisitTypeRow,
  candidates: readonly Candidate[],
  { patientId, except }: Whose,
): Promise<Candidate[]> {
  const [first] = candidates
  if (!first) return []
  const of = candidates.length === 1 ? 'one' : 'many'
  const need = { of, room: type.needsRoom, patient: patientId !== undefined } as const
  const { version, free } = await one(q, freeStatement(need), [
    type.bufferBeforeMinutes,
    type.durationMinutes,
    type.bufferAfterMinutes,
    except ?? null,
    ...(of === 'one'
      ? [first.start, first.place.providerId, first.place.facilityId]
      : [
          arrayOf(candidates.map(({ start }) => start)),
          arrayOf(candidates.map(({ place }) => place.providerId)),
          // The facility is asked for its rooms alone.
          arrayOf(type.needsRoom ? candidates.map(({ place }) => place.facilityId) : []),
        ]),
    ...(patientId === undefined ? [] : [patientId]),
  ])
  seen(version)
  return (free ?? []).flatMap((n) => candidates[n - 1] ?? [])
}
