import { APPOINTMENT_STATUSES } from '@wellgate/shared/contracts/appointments/models'
import { waitListChanged } from '@wellgate/shared/contracts/appointments/events'
import { afterCommit } from '@wellgate/shared/db/tx'
import { defineMetrics } from '@wellgate/shared/observability/metric-definition'
import { counterOf, type Metrics } from '@wellgate/shared/observability/metrics'
import type { Outbox } from '@wellgate/shared/messaging/outbox'
import type { BookingRepository } from './booking/booking-repository.ts'

/** What only appointments measures. */
export const appointmentsMetrics = defineMetrics({
  appointments: {
    type: 'counter',
    name: 'wellgate_appointments_total',
    help: 'Appointments booked, moved to another time, and brought to each further status.',
    labels: { change: [...APPOINTMENT_STATUSES, 'moved'] },
  },
  holds: {
    type: 'counter',
    name: 'wellgate_holds_total',
    help: 'Times held for a patient: held, then booked, given back, or lost because nobody booked in time (counted when the time is wanted next).',
    labels: { result: ['held', 'booked', 'released', 'lost'] },
  },
  waitList: {
    type: 'counter',
    name: 'wellgate_wait_list_total',
    help: 'Steps of entries of the wait-list.',
    labels: { step: ['joined', 'offered', 'accepted', 'declined', 'expired', 'left'] },
  },
})

/** The same repository; what it changes is counted once it is committed. */
export function countBookings(bookings: BookingRepository, metrics: Metrics): BookingRepository {
  const appointments = counterOf(metrics, appointmentsMetrics.appointments)
  const holds = counterOf(metrics, appointmentsMetrics.holds)
  for (const change of appointmentsMetrics.appointments.labels.change) appointments.inc({ change }, 0)
  for (const result of appointmentsMetrics.holds.labels.result) holds.inc({ result }, 0)
  return {
    ...bookings,
    async claim(tx, of) {
      const lost = await bookings.claim(tx, of)
      if (lost > 0) afterCommit(tx, () => holds.inc({ result: 'lost' }, lost))
      return lost
    },
    async insert(tx, claim, of) {
      const expiresAt = await bookings.insert(tx, claim, of)
      const held = of.holdSeconds !== null
      afterCommit(tx, () => (held ? holds.inc({ result: 'held' }) : appointments.inc({ change: 'booked' })))
      return expiresAt
    },
    async confirmHold(tx, of) {
      const confirmed = await bookings.confirmHold(tx, of)
      if (confirmed) {
        afterCommit(tx, () => {
          holds.inc({ result: 'booked' })
          appointments.inc({ change: 'booked' })
        })
      }
      return confirmed
    },
    async releaseHold(q, id, patientId) {
      const released = await bookings.releaseHold(q, id, patientId)
      if (released) afterCommit(q, () => holds.inc({ result: 'released' }))
      return released
    },
    async changeStatus(tx, of, status) {
      const version = await bookings.changeStatus(tx, of, status)
      if (version !== undefined) afterCommit(tx, () => appointments.inc({ change: status }))
      return version
    },
    async move(tx, of, to) {
      const version = await bookings.move(tx, of, to)
      if (version !== undefined) afterCommit(tx, () => appointments.inc({ change: 'moved' }))
      return version
    },
  }
}

/** The same outbox; each step of the wait-list that it tells of is counted once it is committed. */
export function countWaitList(outbox: Outbox, metrics: Metrics): Outbox {
  const steps = counterOf(metrics, appointmentsMetrics.waitList)
  for (const step of appointmentsMetrics.waitList.labels.step) steps.inc({ step }, 0)
  return {
    ...outbox,
    append(tx, contract, event) {
      if (contract.type === waitListChanged.type) {
        const { step } = event.payload as { readonly step: string }
        afterCommit(tx, () => steps.inc({ step }))
      }
      return outbox.append(tx, contract, event)
    },
  }
}
