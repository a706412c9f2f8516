import { errors } from '../errors.ts'

/** An IANA name as it is written, such as `America/New_York`; offsets (`+02:00`) are no zones: they know no summer. */
const NAME = /^[A-Za-z][A-Za-z0-9_+-]*(\/[A-Za-z0-9_+-]+)*$/

/** Whether the runtime's zone data knows the name. */
export function isTimeZone(name: string): boolean {
  if (!NAME.test(name)) return false
  try {
    return new Intl.DateTimeFormat('en-US', { timeZone: name }).resolvedOptions().timeZone !== ''
  } catch {
    return false
  }
}

/** @throws `unknown-time-zone` */
export function assertTimeZone(name: string): void {
  if (isTimeZone(name)) return
  throw errors['unknown-time-zone']({
    fields: [{ field: 'body.timeZone', expected: 'an IANA time zone, such as America/New_York' }],
  })
}
