/** dateTime of FHIR R4: partial dates, or a time with seconds and an offset. https://hl7.org/fhir/R4/datatypes.html#dateTime */
const DATE_TIME =
  /^(\d{4})(?:-(\d{2})(?:-(\d{2})(?:T(\d{2}):(\d{2}):(\d{2})(?:\.\d+)?(Z|[+-](?:0\d|1[0-4]):[0-5]\d))?)?)?$/

/** The instant at which a FHIR date or time begins (partial dates in UTC), or null when it is none, 30 February included. */
export function beginningOf(value: string): Date | null {
  const match = DATE_TIME.exec(value)
  if (!match) return null
  const [year = 0, month = 1, day = 1] = match
    .slice(1, 4)
    .map((digits) => (digits === undefined ? undefined : Number(digits)))
  const [hour = 0, minute = 0, second = 0] = match.slice(4, 7).map(Number)
  if (year < 1 || month < 1 || month > 12 || day < 1 || day > daysIn(year, month)) return null
  if (match[4] === undefined) {
    const start = new Date(0)
    start.setUTCFullYear(year, month - 1, day)
    return start
  }
  // FHIR allows the second 60 of a leap second; the instant after it stands for it.
  if (hour > 23 || minute > 59 || second > 60) return null
  const instant = Date.parse(value.replace(/:60(?=[.Z+-])/, ':59'))
  return Number.isNaN(instant) ? null : new Date(instant + (second === 60 ? 1_000 : 0))
}

function daysIn(year: number, month: number): number {
  const end = new Date(0)
  end.setUTCFullYear(year, month, 0)
  return end.getUTCDate()
}
