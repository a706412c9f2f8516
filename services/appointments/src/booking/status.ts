import type { AppointmentStatus } from '@wellgate/shared/contracts/appointments/models'

export type Action = 'check-in' | 'arrive' | 'begin' | 'complete' | 'no-show' | 'cancel'

const NEXT: Readonly<Record<AppointmentStatus, Readonly<Partial<Record<Action, AppointmentStatus>>>>> = {
  booked: { 'check-in': 'checked-in', arrive: 'arrived', 'no-show': 'no-show', cancel: 'cancelled' },
  'checked-in': { arrive: 'arrived', begin: 'in-progress', 'no-show': 'no-show', cancel: 'cancelled' },
  arrived: { begin: 'in-progress', 'no-show': 'no-show', cancel: 'cancelled' },
  'in-progress': { complete: 'completed' },
  completed: {},
  cancelled: {},
  'no-show': {},
}

/** Where a visit stands after an action; undefined where the action cannot follow. */
export const nextStatus = (status: AppointmentStatus, action: Action): AppointmentStatus | undefined =>
  NEXT[status][action]

/** Whether a visit can still be moved to another time. */
export const canMove = (status: AppointmentStatus): boolean => status === 'booked' || status === 'checked-in'
