import type { AppointmentStatus } from '@wellgate/shared/contracts/appointments/models'
import { withTx } from '@wellgate/shared/db/tx'
import { platformErrors } from '@wellgate/shared/errors/platform-errors'
import { calendar } from '../calendar/calendar-repository.ts'
import type { Deps } from '../deps.ts'
import { appointmentsErrors } from '../errors.ts'
import { type Booking, withOverride } from './booking.ts'
import { announce, announceCompleted } from './booking-events.ts'
import { type Asker, assertMayChange } from './policy.ts'
import { type Action, nextStatus } from './status.ts'
import { appointmentOf } from './stored.ts'

const DAY = 86_400_000

export interface StatusChange {
  readonly id: string
  /** Whose it must be; undefined for staff. */
  readonly patientId: string | undefined
  readonly by: string
  readonly asker: Asker
  readonly action: Action
}

/**
 * Moves an appointment through its states; what is completed is told to records and billing in the same transaction.
 * Doing it again does nothing.
 * @throws `not-found`, `wrong-status`, `too-early`, `too-short-notice`, `conflict` when it changed meanwhile
 */
export async function changeStatus(deps: Deps, change: StatusChange): Promise<Booking> {
  const { pool, outbox, bookings, now, newId } = deps
  const { action, by, asker } = change
  const before = await appointmentOf(deps, change.id, change.patientId)
  const status = nextStatus(before.status, action)
  if (!status) {
    if (isDone(before, action)) return before
    throw appointmentsErrors['wrong-status']()
  }
  const present = now()
  await assertTimely(deps, before, action, present.getTime(), asker)
  const encounterId = status === 'completed' ? newId() : before.encounterId
  const { id, version, patientId } = before
  const document = withOverride(before.document, by, present, asker.overrideReason)
  const sealed = await bookings.seal(id, patientId, document)
  return withTx(pool, async (tx) => {
    const after = await bookings.changeStatus(tx, { id, version, encounterId, document: sealed, by }, status)
    if (after === undefined) throw platformErrors.conflict()
    const facts = { ...before, status, version: after }
    await announce(outbox, tx, facts)
    if (status === 'completed' && encounterId !== null) await announceCompleted(outbox, tx, facts, encounterId)
    return { ...facts, encounterId, document }
  })
}

const DONE: Readonly<Record<Action, AppointmentStatus>> = {
  'check-in': 'checked-in',
  arrive: 'arrived',
  begin: 'in-progress',
  complete: 'completed',
  'no-show': 'no-show',
  cancel: 'cancelled',
}

const isDone = (booking: Booking, action: Action): boolean => booking.status === DONE[action]

async function assertTimely(deps: Deps, booking: Booking, action: Action, now: number, asker: Asker): Promise<void> {
  const expected = untimely(booking, action, now)
  // Only staff send the action in the body; patients have a route for each.
  if (expected !== undefined)
    throw appointmentsErrors['too-early'](asker.staff ? { fields: [{ field: 'body.action', expected }] } : {})
  if (action !== 'cancel') return
  const type = await calendar.visitType(deps.pool, booking.visitTypeId)
  if (!type) throw new Error('a booking names a visit type that there is not')
  assertMayChange(type, booking.starts.getTime(), now, asker)
}

/** When an action can be said that cannot be said now; undefined where it can. */
function untimely({ starts, ends }: Booking, action: Action, now: number): string | undefined {
  if (action === 'no-show' && now < starts.getTime()) return 'a no-show once the visit has begun'
  // Visits begin early at times, and are written up late; none is over before its day.
  const isAttended = action === 'check-in' || action === 'arrive' || action === 'begin' || action === 'complete'
  if (isAttended && now < starts.getTime() - DAY) return 'what happens from a day before the visit on'
  if (action === 'check-in' && now > ends.getTime()) return 'a check-in until the end of the visit'
  return undefined
}
