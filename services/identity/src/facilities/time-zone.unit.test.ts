import { expect, test } from 'vitest'
import { isTimeZone } from './time-zone.ts'

test.each(['America/New_York', 'Europe/Berlin', 'UTC', 'America/Argentina/Buenos_Aires', 'Etc/GMT+5'])(
  '%s is a zone',
  (name) => {
    expect(isTimeZone(name)).toBe(true)
  },
)

test.each(['', 'Mars/Olympus', '+02:00', '-0500', 'America/', 'New York', 'America/New_York\n'])(
  '%j is none',
  (name) => {
    expect(isTimeZone(name)).toBe(false)
  },
)
