const SECOND = 1_000
const DAY = 86_400 * SECOND

/** A stretch of time with one offset from UTC. All in milliseconds; wall clock = instant + offset. */
export interface Segment {
  readonly from: number
  readonly to: number
  readonly offset: number
}

const formats = new Map<string, Intl.DateTimeFormat>()
const days = new Map<string, readonly Segment[]>()

/** Enough for some zones and years; a process that has seen more begins anew. */
const MAX_DAYS = 20_000

const NAME = /^[A-Za-z][A-Za-z0-9_+-]*(\/[A-Za-z0-9_+-]+)*$/

/** Whether the runtime's zone data knows the name; offsets (`+02:00`) are no zones: they know no summer. */
export function isTimeZone(name: string): boolean {
  if (!NAME.test(name)) return false
  try {
    formatOf(name)
    return true
  } catch {
    return false
  }
}

/** What the wall clock is ahead of UTC at an instant, in milliseconds. @throws RangeError for an unknown zone */
export function offsetAt(zone: string, instant: number): number {
  const parts = formatOf(zone).formatToParts(instant)
  const of = (type: string): number => Number(parts.find((part) => part.type === type)?.value)
  const wall = Date.UTC(of('year'), of('month') - 1, of('day'), of('hour'), of('minute'), of('second'))
  return wall - Math.floor(instant / SECOND) * SECOND
}

/** The stretches of one offset that make up `from` to `to`, in order. */
export function segmentsOf(zone: string, from: number, to: number): Segment[] {
  const found: Segment[] = []
  for (let day = Math.floor(from / DAY); day * DAY < to; day++) {
    for (const piece of segmentsOfDay(zone, day)) {
      const last = found.at(-1)
      const clipped = { ...piece, from: Math.max(piece.from, from), to: Math.min(piece.to, to) }
      if (clipped.from >= clipped.to) continue
      if (last?.offset === clipped.offset) found[found.length - 1] = { ...last, to: clipped.to }
      else found.push(clipped)
    }
  }
  return found
}

/** Clocks change at most once in a UTC day, so its two ends tell. */
function segmentsOfDay(zone: string, day: number): readonly Segment[] {
  const key = `${zone} ${day}`
  const known = days.get(key)
  if (known) return known
  const [from, to] = [day * DAY, (day + 1) * DAY]
  const [first, last] = [offsetAt(zone, from), offsetAt(zone, to)]
  const change = first === last ? to : changeBetween(zone, from, to, first)
  const made = [
    { from, to: change, offset: first },
    { from: change, to, offset: last },
  ].filter((piece) => piece.from < piece.to)
  if (days.size >= MAX_DAYS) days.clear()
  days.set(key, made)
  return made
}

/** The first second that has no longer the offset `before`. */
function changeBetween(zone: string, from: number, to: number, before: number): number {
  let [low, high] = [from, to]
  while (high - low > SECOND) {
    const middle = Math.floor((low + high) / 2 / SECOND) * SECOND
    if (offsetAt(zone, middle) === before) low = middle
    else high = middle
  }
  return high
}

function formatOf(zone: string): Intl.DateTimeFormat {
  const known = formats.get(zone)
  if (known) return known
  const made = new Intl.DateTimeFormat('en-US', {
    timeZone: zone,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  })
  formats.set(zone, made)
  return made
}
