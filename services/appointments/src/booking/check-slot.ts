import type { VisitTypeRow } from '../calendar/calendar.ts'
import { appointmentsErrors, unknownVisitType } from '../errors.ts'
import { isTurn } from '../slots/agenda.ts'
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
  const { visitTypeId, providerId, facilityId } = wanted
  const type = calendar.visitTypes.get(visitTypeId)
  // What moves keeps its visit type: no field could name another.
  if (!type?.active) throw unknownVisitType(except === undefined ? 'body.visitTypeId' : undefined)
  const start = Date.parse(wanted.start)
  assertMayBook(type, start, now, asker)
  const offered = (calendar.places.get(visitTypeId) ?? []).filter((each) => each.providerId === providerId)
  const place = offered.find((each) => each.facilityId === facilityId)
  if (!place) throw notOffered(offered.length > 0)
  if (!isTurn(place, type, start))
    throw appointmentsErrors['not-a-slot']({ fields: [{ field: 'body.start', expected: 'a start out of /v1/slots' }] })
  return { wanted, place, type, start, version: calendar.version, patientId, asker, except }
}

/** The provider offers the visit nowhere, or only elsewhere. */
const notOffered = (elsewhere: boolean) =>
  appointmentsErrors['not-offered']({
    fields: [
      elsewhere
        ? { field: 'body.facilityId', expected: 'a facility where the provider offers it' }
        : { field: 'body.providerId', expected: 'a provider who offers it' },
    ],
  })
