import { outsideGate } from '@wellgate/shared/db/commit-gate'
import type { Pool } from '@wellgate/shared/db/pool'
import { one, type Queryable } from '@wellgate/shared/db/query'
import { withTx } from '@wellgate/shared/db/tx'
import { createAgenda, type Agenda } from './agenda.ts'
import { type Calendar, loadCalendar, readCalendar } from './calendar.ts'
import * as sql from './slot-sql.ts'

/** The calendar as a piece of work sees it. */
export interface Reading {
  readonly calendar: Calendar
  readonly agenda: Agenda
  /** What the statements of the work ask. */
  readonly q: Queryable
  /** To be called with the version that a statement of the work saw. Ends the work where the calendar has changed. */
  seen(version: string): void
}

/** The calendar, kept in memory and never stale. */
export interface Timetable {
  /**
   * Runs `work` on the calendar; once more where it turns out to have changed, so `work` must have no effect. What it gives
   * or throws holds for the version that the database has: a statement of the work has seen it, or is asked for it.
   * Where the calendar changes faster than it can be read, `work` runs in a transaction that sees no change.
   * @throws what `work` throws
   */
  read<T>(work: (reading: Reading) => Promise<T>): Promise<T>
}

class Changed extends Error {}

const TRIES = 4
/** Exceptions that ended this long before the first look are not kept. */
const PAST_MS = 86_400_000

/** @param now the service's clock: what is over by it need not be known */
export function createTimetable({ pool, now }: { pool: Pool; now: () => Date }): Timetable {
  let kept: Promise<{ calendar: Calendar; agenda: Agenda }> | undefined
  const since = (): number => now().getTime() - PAST_MS
  const load = async () => {
    const calendar = await loadCalendar(pool, since())
    return { calendar, agenda: createAgenda(calendar) }
  }
  /** Whoever asks while it is being read waits for the same. */
  const present = async () => {
    const mine = (kept ??= outsideGate(load))
    const found = await mine.catch((error: unknown) => {
      if (kept === mine) kept = undefined
      throw error
    })
    const early = now().getTime() < found.calendar.since
    return { ...found, drop: () => void (kept === mine && (kept = undefined)), early }
  }
  const once = async <T>(work: (reading: Reading) => Promise<T>): Promise<T> => {
    const { calendar, agenda, drop, early } = await present()
    let confirmed = false
    const seen = (version: string): void => {
      if (version === calendar.version && !early) return void (confirmed = true)
      drop()
      throw new Changed('the calendar has changed')
    }
    const confirm = async (): Promise<void> => {
      if (!confirmed) seen((await one(pool, sql.calendarVersion)).version)
    }
    let result: T
    try {
      result = await work({ calendar, agenda, q: pool, seen })
    } catch (error) {
      if (!(error instanceof Changed)) await confirm()
      throw error
    }
    await confirm()
    return result
  }
  const standingStill = <T>(work: (reading: Reading) => Promise<T>): Promise<T> =>
    withTx(
      pool,
      async (tx) => {
        const calendar = await readCalendar(tx, since())
        return work({ calendar, agenda: createAgenda(calendar), q: tx, seen: () => undefined })
      },
      { isolation: 'repeatable read' },
    )
  return {
    async read(work) {
      for (let n = 0; n < TRIES; n++) {
        try {
          return await once(work)
        } catch (error) {
          if (!(error instanceof Changed)) throw error
        }
      }
      return standingStill(work)
    },
  }
}
