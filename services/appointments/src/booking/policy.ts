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

type Policy = Pick<VisitTypeRow, 'selfBookable' | 'horizonDays' | 'minimumNoticeMinutes' | 'changeNoticeMinutes'>

/**
 * Whether a visit may begin at `start` by the policy of its kind, seen from `now`. Nobody books the past or beyond the
 * horizon; staff set aside the rest with a reason.
 * @throws `in-the-past`, `beyond-horizon`, `not-self-bookable`, `too-short-notice`
 */
export function assertMayBook(type: Policy, start: number, now: number, asker: Asker): void {
  const at = (expected: string) => ({ fields: [{ field: 'body.start', expected }] })
  const last = bookableUntil(type, now)
  if (start <= now) throw appointmentsErrors['in-the-past'](at('a time to come'))
  if (start > last) throw appointmentsErrors['beyond-horizon'](at(`not after ${timeText(last)}`))
  if (!asker.staff && !type.selfBookable) throw appointmentsErrors['not-self-bookable']()
  const first = now + type.minimumNoticeMinutes * MINUTE
  if (mayOverride(asker) || start >= first) return
  throw appointmentsErrors['too-short-notice'](asker.staff ? REASON_WANTED : at(`not before ${timeText(first)}`))
}

/**
 * Whether a visit that begins at `start` may still be moved or cancelled. Nothing that patients could send would help.
 * @throws `too-short-notice`
 */
export function assertMayChange(type: Policy, start: number, now: number, asker: Asker): void {
  if (mayOverride(asker) || start >= now + type.changeNoticeMinutes * MINUTE) return
  throw appointmentsErrors['too-short-notice'](asker.staff ? REASON_WANTED : {})
}

/** What setting the notice aside takes. */
const REASON_WANTED = { fields: [{ field: 'body.overrideReason', expected: 'why the notice is set aside' }] }

const timeText = (instant: number): string => new Date(instant).toISOString()

const mayOverride = ({ staff, overrideReason }: Asker): boolean => staff && overrideReason !== undefined
