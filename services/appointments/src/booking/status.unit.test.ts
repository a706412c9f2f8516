import * as fc from 'fast-check'
import { expect, it } from 'vitest'
import { APPOINTMENT_STATUSES, type AppointmentStatus } from '@wellgate/shared/contracts/appointments/models'
import { type Action, canMove, nextStatus } from './status.ts'

const ACTIONS: readonly Action[] = ['check-in', 'arrive', 'begin', 'complete', 'no-show', 'cancel']

const walk = (actions: readonly Action[]): AppointmentStatus[] => {
  const passed: AppointmentStatus[] = ['booked']
  for (const action of actions) {
    const next = nextStatus(passed.at(-1) ?? 'booked', action)
    if (next) passed.push(next)
  }
  return passed
}

it('completes only what was in progress, once, and never leaves an end', () => {
  const ends = new Set<AppointmentStatus>(['completed', 'cancelled', 'no-show'])
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...ACTIONS), { maxLength: 30 }), (actions) => {
      const passed = walk(actions)
      expect(new Set(passed).size).toBe(passed.length)
      expect(passed.slice(0, -1).filter((status) => ends.has(status))).toEqual([])
      if (passed.includes('completed')) expect(passed.at(-2)).toBe('in-progress')
    }),
  )
})

it('reaches every status', () => {
  const reached = new Set([
    ...walk(['check-in', 'arrive', 'begin', 'complete']),
    ...walk(['cancel']),
    ...walk(['no-show']),
  ])
  expect([...reached].toSorted()).toEqual([...APPOINTMENT_STATUSES].toSorted())
})

it('moves what has not begun', () => {
  expect(APPOINTMENT_STATUSES.filter(canMove)).toEqual(['booked', 'checked-in'])
})
