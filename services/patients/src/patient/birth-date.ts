import { platformErrors } from '@wellgate/shared/errors/platform-errors'

const MAX_AGE_YEARS = 130
/** No place on earth is further ahead of UTC (UTC+14). */
const LATEST_ZONE_MS = 14 * 3_600_000

export const BIRTH_DATE_RULE = `a day not after today and not more than ${MAX_AGE_YEARS} years ago`

/**
 * Whether a patient can be born then. `birthDate` is `YYYY`, `YYYY-MM` or `YYYY-MM-DD`; a partial
 * one is possible where any of its days is. Today is the day where it is latest, so that no newborn is refused.
 */
export function isPossibleBirthDate(birthDate: string, now: Date): boolean {
  const today = new Date(now.getTime() + LATEST_ZONE_MS).toISOString().slice(0, 10)
  const earliest = `${Number(today.slice(0, 4)) - MAX_AGE_YEARS}${today.slice(4)}`
  // Text of this form sorts as time does; cut to what is given, so is each bound.
  return birthDate <= today.slice(0, birthDate.length) && birthDate >= earliest.slice(0, birthDate.length)
}

/** @throws `invalid-request` that names `body.birthDate`, where {@link isPossibleBirthDate} says no */
export function assertBirthDate(birthDate: string, now: Date): void {
  if (isPossibleBirthDate(birthDate, now)) return
  throw platformErrors['invalid-request']({ fields: [{ field: 'body.birthDate', expected: BIRTH_DATE_RULE }] })
}
