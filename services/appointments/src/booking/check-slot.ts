import type { VisitTypeRow } from '../calendar/calendar.ts'
import { appointmentsErrors } from '../errors.ts'
import { canonical, isTurn } from '../slots/agenda.ts'
import type { Place } from '../slots/calendar.ts'
import type { Reading } from '../slots/timetable.ts'
import { type Asker, assertMayBook } from './policy.ts'

export interface WantedSlot {
  readonly providerId: string
  readonly facilityId: string
  readonly visitTypeId: string
  readonly start: string
}

/** Whom a time is for, who asks, and what moves. */
export interface Circumstances {
  readonly patientId: string
  readonly asker: Asker
  /** The booking that moves, if one does: it is not in its own way. */
  readonly except?: string | undefined
}

/** A start that is one of the place's, whoever has it. */
export interface CheckedSlot extends Circumstances {
  readonly wanted: WantedSlot
  readonly place: Place
  readonly type: VisitTypeRow
  readonly start: number
  /** Of the calendar by which it is one. */
  readonly version: string
}

/**
 * Checks everything about a wanted time that does not change by the second: the visit's policy, who offers it, the hours.
 * @throws as {@link assertMayBook}; `unknown-visit-type`, `not-offered`, `not-a-slot`
 */
export function checkSlot(
  { calendar }: Reading,
  wanted: WantedSlot,
  { patientId, asker, except }: Circumstances,
  now: number,
): CheckedSlot {
  const { visitTypeId, providerId, facilityId } = canonical(wanted)
  const type = calendar.visitTypes.get(visitTypeId)
  if (!type) throw appointmentsErrors['unknown-visit-type']()
  const start = Date.parse(wanted.start)
  assertMayBook(type, start, now, asker)
  const place = calendar.places
    .get(visitTypeId)
    ?.find((each) => each.providerId === providerId && each.facilityId === facilityId)
  if (!place) throw appointmentsErrors['not-offered']()
  if (!isTurn(place, type, start)) throw appointmentsErrors['not-a-slot']()
  return { wanted, place, type, start, version: calendar.version, patientId, asker, except }
}
