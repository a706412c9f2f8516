import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { deriveStarts, type Hours, type Opening, type Shape } from './derive.ts'
import type { Span } from './spans.ts'
import { isTimeZone } from './zone.ts'

const MINUTE = 60_000
const visit = (durationMinutes: number, buffers = 0): Shape => ({
  durationMinutes,
  stepMinutes: durationMinutes,
  bufferBeforeMinutes: buffers,
  bufferAfterMinutes: buffers,
})
const everyDay = (fromMinute: number, toMinute: number): Hours[] =>
  [1, 2, 3, 4, 5, 6, 7].map((weekday) => ({ weekday, fromMinute, toMinute, validFrom: null, validTo: null }))
const at = (text: string): number => Date.parse(text)
const startsOf = (opening: Partial<Opening> & { zone: string }, shape: Shape, from: string, to: string) =>
  deriveStarts({ hours: [], extra: [], off: [], ...opening }, shape, [], { from: at(from), to: at(to) }).map((start) =>
    new Date(start).toISOString().slice(0, 16),
  )

describe('the hour that clocks skip and the one they repeat', () => {
  const zone = 'America/New_York'
  it('keeps 09:00 at 09:00', () => {
    const opening = { zone, hours: everyDay(540, 570) }
    expect(startsOf(opening, visit(30), '2026-03-07T05:00:00Z', '2026-03-10T04:00:00Z')).toEqual([
      '2026-03-07T14:00',
      '2026-03-08T13:00',
      '2026-03-09T13:00',
    ])
  })
  it('has nothing in the skipped hour', () => {
    const opening = { zone, hours: everyDay(60, 240) }
    expect(startsOf(opening, visit(60), '2026-03-08T05:00:00Z', '2026-03-09T04:00:00Z')).toEqual([
      '2026-03-08T06:00',
      '2026-03-08T07:00',
    ])
  })
  it('has the repeated hour twice', () => {
    const opening = { zone, hours: everyDay(60, 120) }
    expect(startsOf(opening, visit(60), '2026-11-01T04:00:00Z', '2026-11-02T05:00:00Z')).toEqual([
      '2026-11-01T05:00',
      '2026-11-01T06:00',
    ])
  })
  it('shifts by half an hour on Lord Howe', () => {
    const opening = { zone: 'Australia/Lord_Howe', hours: everyDay(0, 180) }
    // On 2026-10-04 clocks go from 02:00 (+10:30) to 02:30 (+11): 02:00 is not there.
    expect(startsOf(opening, visit(30), '2026-10-03T13:30:00Z', '2026-10-04T13:00:00Z')).toEqual([
      '2026-10-03T13:30',
      '2026-10-03T14:00',
      '2026-10-03T14:30',
      '2026-10-03T15:00',
      '2026-10-03T15:30',
    ])
  })
  it('runs over midnight where two days meet', () => {
    const opening = { zone, hours: [...everyDay(1380, 1440), ...everyDay(0, 60)] }
    expect(startsOf(opening, visit(60), '2026-06-02T03:00:00Z', '2026-06-02T05:00:00Z')).toEqual([
      '2026-06-02T03:00',
      '2026-06-02T04:00',
    ])
  })
  it('has no day that was skipped', () => {
    const opening = { zone: 'Pacific/Apia', hours: everyDay(540, 600) }
    expect(startsOf(opening, visit(60), '2011-12-29T10:00:00Z', '2011-12-31T10:00:00Z')).toEqual([
      '2011-12-29T19:00',
      '2011-12-30T19:00',
    ])
  })
})

/** The clock on the wall, asked anew for each minute, in a form of its own. */
const clocks = new Map<string, Intl.DateTimeFormat>()
function wallOf(zone: string, instant: number): { date: string; minute: number; weekday: number } {
  let clock = clocks.get(zone)
  if (!clock)
    clocks.set(
      zone,
      (clock = new Intl.DateTimeFormat('sv-SE', { timeZone: zone, dateStyle: 'short', timeStyle: 'short' })),
    )
  const [date = '', time = ''] = clock.format(instant).split(' ')
  const [hour = 0, minute = 0] = time.split(':').map(Number)
  return { date, minute: hour * 60 + minute, weekday: new Date(`${date}T00:00:00Z`).getUTCDay() || 7 }
}

/** The same answer, minute by minute. */
function slowStarts(opening: Opening, shape: Shape, busy: readonly Span[], within: Span): number[] {
  const inside = (spans: readonly Span[], t: number) => spans.some(({ from, to }) => from <= t && t < to)
  const seen = new Map<number, { open: boolean; grid: boolean }>()
  const look = (t: number): { open: boolean; grid: boolean } => {
    const known = seen.get(t)
    if (known) return known
    const { date, minute, weekday } = wallOf(opening.zone, t)
    const hours = opening.hours.filter(
      (each) =>
        each.weekday === weekday &&
        each.fromMinute <= minute &&
        minute < each.toMinute &&
        (each.validFrom ?? '') <= date &&
        date <= (each.validTo ?? '9999'),
    )
    const extra = opening.extra.filter((span) => inside([span], t))
    const made = {
      open: (hours.length > 0 || extra.length > 0) && !inside(opening.off, t),
      grid:
        hours.some(({ fromMinute }) => (minute - fromMinute) % shape.stepMinutes === 0) ||
        extra.some(({ from }) => ((t - from) / MINUTE) % shape.stepMinutes === 0),
    }
    seen.set(t, made)
    return made
  }
  const found: number[] = []
  for (let t = within.from; t < within.to; t += MINUTE) {
    if (!look(t).grid) continue
    let free = true
    for (let m = 0; m < shape.durationMinutes && free; m++) free = look(t + m * MINUTE).open
    for (let m = -shape.bufferBeforeMinutes; m < shape.durationMinutes + shape.bufferAfterMinutes && free; m++)
      free = !inside(busy, t + m * MINUTE)
    if (free) found.push(t)
  }
  return found
}

/** Zones with the days on which something happened there. */
const places: [string, string][] = [
  ['America/New_York', '2026-03-08'],
  ['America/New_York', '2026-11-01'],
  ['Europe/Berlin', '2026-10-25'],
  ['Australia/Lord_Howe', '2026-04-05'],
  ['Australia/Lord_Howe', '2026-10-04'],
  ['Pacific/Chatham', '2026-09-27'],
  ['America/St_Johns', '2026-11-01'],
  ['Asia/Kathmandu', '2026-05-05'],
  ['Pacific/Apia', '2011-12-30'],
  ['Europe/Istanbul', '2016-09-07'],
  ['Asia/Pyongyang', '2018-05-04'],
  ['America/Sao_Paulo', '2018-11-04'],
  ['Africa/Casablanca', '2026-03-22'],
  ['UTC', '2026-02-28'],
]
const minutes = (max: number) => fc.integer({ min: 0, max })
const span = (base: number) =>
  fc.tuple(minutes(4320), fc.integer({ min: 1, max: 600 })).map(([from, length]) => ({
    from: base + (from - 1440) * MINUTE,
    to: base + (from - 1440 + length) * MINUTE,
  }))
const question = fc.constantFrom(...places).chain(([zone, date]) => {
  const base = at(`${date}T00:00:00Z`)
  const day = fc.constantFrom(null, date, new Date(base + 86_400_000).toISOString().slice(0, 10))
  const hours = fc
    .tuple(fc.integer({ min: 1, max: 7 }), minutes(1439), minutes(1439), day, day)
    .map(([weekday, a, b, validFrom, validTo]) => ({
      weekday,
      fromMinute: Math.min(a, b),
      toMinute: Math.max(a, b) + 1,
      validFrom,
      validTo,
    }))
  return fc.record({
    opening: fc.record({
      zone: fc.constant(zone),
      hours: fc.array(hours, { maxLength: 12 }),
      extra: fc.array(span(base), { maxLength: 2 }),
      off: fc.array(span(base), { maxLength: 2 }),
    }),
    shape: fc.record({
      durationMinutes: fc.integer({ min: 5, max: 120 }),
      stepMinutes: fc.integer({ min: 5, max: 90 }),
      bufferBeforeMinutes: minutes(30),
      bufferAfterMinutes: minutes(30),
    }),
    busy: fc.array(span(base), { maxLength: 4 }),
    within: fc
      .tuple(minutes(2880), minutes(1440))
      .map(([from, length]) => ({ from: base + (from - 1440) * MINUTE, to: base + (from - 1440 + length) * MINUTE })),
  })
})

// Every minute of weeks is looked at, for some hundred calendars.
it('finds what a look at every minute finds', { timeout: 120_000 }, () => {
  let offered = 0
  fc.assert(
    fc.property(question, ({ opening, shape, busy, within }) => {
      const starts = deriveStarts(opening, shape, busy, within)
      offered += starts.length
      expect(starts).toEqual(slowStarts(opening, shape, busy, within))
    }),
    { numRuns: 400 },
  )
  expect(offered).toBeGreaterThan(400)
})

it.each(['America/New_York', 'UTC', 'Australia/Lord_Howe'])('%s is a zone', (name) =>
  expect(isTimeZone(name)).toBe(true),
)
it.each(['', '+02:00', 'Mars/Olympus', 'New York'])('%j is none', (name) => expect(isTimeZone(name)).toBe(false))
