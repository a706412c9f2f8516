import { appointmentsErrors } from '../errors.ts'
import type { VisitTypeRow } from '../calendar/calendar.ts'

const MINUTE = 60_000
const DAY = 1440 * MINUTE

/** The first instant at which a visit can still be booked; staff may book within the minimum notice. */
export const bookableFrom = (type: Pick<VisitTypeRow, 'minimumNoticeMinutes'>, now: number, staff: boolean): number =>
  now + (staff ? 0 : type.minimumNoticeMinutes * MINUTE)

/** The last instant at which a visit can be booked. */
export const bookableUntil = ({ horizonDays }: Pick<VisitTypeRow, 'horizonDays'>, now: number): number =>
  now + horizonDays * DAY

/** Who asks: a patient, or staff who may set aside the notice by saying why. */
export interface Asker {
  readonly staff: boolean
  readonly overrideReason?: string | undefined
}

type Policy = Pick<
  VisitTypeRow,
  'active' | 'selfBookable' | 'horizonDays' | 'minimumNoticeMinutes' | 'changeNoticeMinutes'
>

/**
 * Whether a visit may begin at `start` by the policy of its kind, seen from `now`. Nobody books the past or beyond the
 * horizon; staff set aside the rest with a reason.
 * @throws `unknown-visit-type`, `in-the-past`, `beyond-horizon`, `not-self-bookable`, `too-short-notice`
 */
export function assertMayBook(type: Policy, start: number, now: number, asker: Asker): void {
  if (!type.active) throw appointmentsErrors['unknown-visit-type']()
  if (start <= now) throw appointmentsErrors['in-the-past']()
  if (start > bookableUntil(type, now)) throw appointmentsErrors['beyond-horizon']()
  if (!asker.staff && !type.selfBookable) throw appointmentsErrors['not-self-bookable']()
  if (mayOverride(asker)) return
  if (start < now + type.minimumNoticeMinutes * MINUTE) throw appointmentsErrors['too-short-notice']()
}

/** Whether a visit that begins at `start` may still be moved or cancelled. @throws `too-short-notice` */
export function assertMayChange(type: Policy, start: number, now: number, asker: Asker): void {
  if (mayOverride(asker)) return
  if (start < now + type.changeNoticeMinutes * MINUTE) throw appointmentsErrors['too-short-notice']()
}

const mayOverride = ({ staff, overrideReason }: Asker): boolean => staff && overrideReason !== undefined
