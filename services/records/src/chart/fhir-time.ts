/** dateTime of FHIR R4: partial dates, or a time with seconds and an offset. https://hl7.org/fhir/R4/datatypes.html#dateTime */
const DATE_TIME =
  /^(\d{4})(?:-(\d{2})(?:-(\d{2})(?:T(\d{2}):(\d{2}):(\d{2})(?:\.\d+)?(Z|[+-](?:0\d|1[0-4]):[0-5]\d))?)?)?$/

/** What the database and ISO 8601 write with four digits, in milliseconds since 1970. */
export const FIRST_INSTANT = Date.parse('0001-01-01T00:00:00.000Z')
export const LAST_INSTANT = Date.parse('9999-12-31T23:59:59.999Z')

/**
 * The instant at which a FHIR date or time begins, in milliseconds since 1970 (partial dates in UTC), or null when it is
 * none: 30 February does not exist. An offset that leads out of the years 1 to 9999 is cut there.
 */
export function beginningOf(value: string): number | null {
  const match = DATE_TIME.exec(value)
  if (!match) return null
  const [year = 0, month = 1, day = 1] = match
    .slice(1, 4)
    .map((digits) => (digits === undefined ? undefined : Number(digits)))
  const [hour = 0, minute = 0, second = 0] = match.slice(4, 7).map((digits) => Number(digits ?? 0))
  if (year < 1 || month < 1 || month > 12 || day < 1 || day > daysIn(year, month)) return null
  if (match[4] === undefined) return startOfDay(year, month, day)
  // FHIR allows the second 60 of a leap second; the instant after it stands for it.
  if (hour > 23 || minute > 59 || second > 60) return null
  const instant = Date.parse(value.replace(/:60(?=[.Z+-])/, ':59'))
  return clamp(second === 60 ? instant + 1_000 : instant)
}

/** The instant of a filter: a full date, or a time with an offset. */
export function instantOf(value: string): number {
  return clamp(Date.parse(value))
}

const clamp = (instant: number): number => Math.min(LAST_INSTANT, Math.max(FIRST_INSTANT, instant))

// Date.UTC takes the years 0 to 99 for 1900 to 1999.
function startOfDay(year: number, month: number, day: number): number {
  return new Date(0).setUTCFullYear(year, month - 1, day)
}

const daysIn = (year: number, month: number): number => new Date(startOfDay(year, month + 1, 0)).getUTCDate()
