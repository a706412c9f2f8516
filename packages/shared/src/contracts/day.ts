import { z } from 'zod'

const FIRST = Date.parse('0001-01-01T00:00:00.000Z')
const LAST = Date.parse('9999-12-31T23:59:59.999Z')

/**
 * Arguments of zod's `.refine(...)`, for a day or a moment that is well formed: one of the years 1 to 9999. ISO 8601 has a
 * year 0; the calendar of Postgres has none, and would refuse it as a fault of ours.
 */
export const inCalendar = [
  (text: string): boolean => !(Date.parse(text) < FIRST || Date.parse(text) > LAST),
  { message: 'of the years 1 to 9999' },
] as const

/** A day, `YYYY-MM-DD`. */
export const Day = z.iso.date().refine(...inCalendar)
