import { overlaps, type Span, subtract, union } from './spans.ts'
import { type Segment, segmentsOf } from './zone.ts'

const MINUTE = 60_000
const DAY = 1440 * MINUTE

/** Weekly hours by the wall clock: open on a weekday (1 is Monday) whenever the clock shows between the two minutes. */
export interface Hours {
  readonly weekday: number
  readonly fromMinute: number
  readonly toMinute: number
  /** First and last day, or null. */
  readonly validFrom: string | null
  readonly validTo: string | null
}

/** How long a visit is, in minutes. */
export interface Shape {
  readonly durationMinutes: number
  readonly stepMinutes: number
  readonly bufferBeforeMinutes: number
  readonly bufferAfterMinutes: number
}

export interface Opening {
  readonly zone: string
  readonly hours: readonly Hours[]
  /** Hours besides the weekly ones; visits begin at steps from their start. */
  readonly extra: readonly Span[]
  readonly off: readonly Span[]
}

/**
 * When a visit can begin, from `within.from` up to `within.to`, in order: every minute of it is open, and with its buffers
 * it touches nothing in `busy` (which has its own buffers in it). The grid is on the wall clock, so 09:00 stays 09:00 when
 * clocks change; in the hour that is skipped nothing begins, and what begins in the hour that repeats does so in both.
 */
export function deriveStarts(opening: Opening, shape: Shape, busy: readonly Span[], within: Span): number[] {
  const length = shape.durationMinutes * MINUTE
  const [before, after] = [shape.bufferBeforeMinutes * MINUTE, shape.bufferAfterMinutes * MINUTE]
  const step = shape.stepMinutes * MINUTE
  const open: Span[] = [...opening.extra]
  const starts = new Set<number>()
  const offer = (start: number): void => {
    if (start >= within.from && start < within.to) starts.add(start)
  }
  for (const segment of segmentsOf(opening.zone, within.from - DAY, within.to + length + DAY)) {
    for (const { from, to } of hoursIn(segment, opening.hours)) {
      const clipped = { from: Math.max(from, segment.from), to: Math.min(to, segment.to) }
      if (clipped.from >= clipped.to) continue
      open.push(clipped)
      for (let start = from; start < clipped.to; start += step) if (start >= clipped.from) offer(start)
    }
  }
  for (const { from, to } of opening.extra) {
    const skipped = Math.max(0, Math.floor((within.from - from) / step))
    for (let start = from + skipped * step; start < Math.min(to, within.to); start += step) offer(start)
  }
  const free = subtract(union(open), opening.off)
  return [...starts]
    .filter((start) => free.some((span) => span.from <= start && start + length <= span.to))
    .filter((start) => !busy.some((span) => overlaps(span, { from: start - before, to: start + length + after })))
    .toSorted((a, b) => a - b)
}

/** The weekly hours of the days that a stretch of one offset touches, as instants by that offset. */
function hoursIn({ from, to, offset }: Segment, hours: readonly Hours[]): Span[] {
  const found: Span[] = []
  for (let day = Math.floor((from + offset) / DAY); day * DAY < to + offset; day++) {
    // 1970-01-01 was a Thursday.
    const weekday = ((((day + 3) % 7) + 7) % 7) + 1
    const midnight = day * DAY - offset
    for (const each of hours) {
      if (each.weekday !== weekday || !isValidOn(each, day)) continue
      found.push({ from: midnight + each.fromMinute * MINUTE, to: midnight + each.toMinute * MINUTE })
    }
  }
  return found
}

const dayOf = (date: string): number => Date.parse(`${date}T00:00:00Z`) / DAY

const isValidOn = ({ validFrom, validTo }: Hours, day: number): boolean =>
  (validFrom === null || dayOf(validFrom) <= day) && (validTo === null || day <= dayOf(validTo))
