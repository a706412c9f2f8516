import { assertGateOpen } from '@wellgate/shared/db/commit-gate'
import type { Pool } from '@wellgate/shared/db/pool'
import { platformErrors } from '@wellgate/shared/errors/platform-errors'
import { DomainError } from '@wellgate/shared/errors/problem'
import { findIdempotent, type IdempotencyKey, type StoredResult } from '@wellgate/shared/http/idempotency'
import { appointmentsErrors } from '../errors.ts'
import { freeOf } from '../slots/free.ts'
import type { Timetable } from '../slots/timetable.ts'
import { type Circumstances, type CheckedSlot, checkSlot, type WantedSlot } from './check-slot.ts'
import { nearestFree } from './nearest-free.ts'
import { CalendarChanged } from './take-slot.ts'
import type { Turns } from './turns.ts'

export interface WinDeps {
  readonly pool: Pool
  readonly timetable: Timetable
  readonly turns: Turns
  readonly now: () => Date
}

const TRIES = 5

interface Options extends Circumstances {
  readonly key: IdempotencyKey | undefined
}

/**
 * Takes a wanted time: checks it, and lets `take` write it. Who comes too late is told so before anything is written, and
 * hears the nearest free starts with the same provider at the same place at which the patient is nowhere else. What the same request took before is answered
 * again, though the time is taken by now, and by itself. Gives the id of the booking.
 * @throws as checkSlot, `slot-taken`, and what `take` throws; `unavailable` when the calendar changes each time
 */
export async function winSlot(
  deps: WinDeps,
  wanted: WantedSlot,
  options: Options,
  take: (slot: CheckedSlot) => Promise<StoredResult>,
): Promise<string> {
  const slot = `${wanted.providerId} ${Date.parse(wanted.start)}`
  try {
    for (let changes = 0; changes < TRIES;) {
      const taken = await deps.turns
        .take(slot, async () => take(await checkFree(deps, wanted, options)))
        .catch(ifChanged)
      if (taken === 'changed') changes++
      else if (taken) return taken.resultId
      else await checkFree(deps, wanted, options)
    }
    throw platformErrors.unavailable({ retryAfter: 1 })
  } catch (error) {
    const before = options.key && (await findIdempotent(deps.pool, options.key))
    if (before) return before.resultId
    if (!(error instanceof DomainError) || error.code !== 'slot-taken') throw error
    const starts = await deps.timetable.read((reading) =>
      nearestFree(deps, reading, checkSlot(reading, wanted, options, deps.now().getTime())),
    )
    throw appointmentsErrors['slot-taken']({
      fields: starts.map((start) => ({ field: 'body.start', expected: new Date(start).toISOString() })),
    })
  }
}

function ifChanged(error: unknown): 'changed' {
  if (error instanceof CalendarChanged) return 'changed'
  throw error
}

/**
 * Spares losers a transaction; who wins is decided by the constraints.
 * @throws as checkSlot, `slot-taken`; `unavailable`, asking nothing, where the time of the request was up before its turn came
 */
async function checkFree(deps: WinDeps, wanted: WantedSlot, options: Options): Promise<CheckedSlot> {
  assertGateOpen()
  return deps.timetable.read(async (reading) => {
    const checked = checkSlot(reading, wanted, options, deps.now().getTime())
    const free = await freeOf(reading, checked.type, [checked], { except: options.except })
    if (free.length === 0) throw appointmentsErrors['slot-taken']()
    return checked
  })
}
