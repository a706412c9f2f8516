/** A kind of visit, as it is stored. */
export interface VisitTypeRow {
  readonly id: string
  readonly name: string
  readonly durationMinutes: number
  readonly stepMinutes: number
  readonly bufferBeforeMinutes: number
  readonly bufferAfterMinutes: number
  readonly needsRoom: boolean
  readonly priceCode: string
  readonly horizonDays: number
  readonly minimumNoticeMinutes: number
  readonly changeNoticeMinutes: number
  readonly selfBookable: boolean
  readonly active: boolean
}

const MINUTE = 60_000

/** `HH:MM` as minutes after midnight; `24:00` is 1440. */
export function minuteOf(wallTime: string): number {
  const [hours = 0, minutes = 0] = wallTime.split(':').map(Number)
  return hours * 60 + minutes
}

/** What a visit that begins at `start` takes: itself, and itself with its buffers. */
export function timesOf(
  type: Pick<VisitTypeRow, 'durationMinutes' | 'bufferBeforeMinutes' | 'bufferAfterMinutes'>,
  start: number,
): { starts: Date; ends: Date; takenFrom: Date; takenTo: Date } {
  const end = start + type.durationMinutes * MINUTE
  return {
    starts: new Date(start),
    ends: new Date(end),
    takenFrom: new Date(start - type.bufferBeforeMinutes * MINUTE),
    takenTo: new Date(end + type.bufferAfterMinutes * MINUTE),
  }
}
