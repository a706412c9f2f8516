import { z } from 'zod'
import type { Actor } from '@wellgate/shared/access/actor'
import { inCalendar } from '@wellgate/shared/contracts/day'
import { FacilityId } from '@wellgate/shared/contracts/ids'
import type { appointmentsRoutes } from '@wellgate/shared/contracts/appointments/routes'
import { platformErrors } from '@wellgate/shared/errors/platform-errors'
import { decodeCursor } from '@wellgate/shared/http/cursor'
import type { Handlers } from '@wellgate/shared/http/handlers'
import { toPage } from '@wellgate/shared/http/pages'
import { isStaff } from '../calendar/routes.ts'
import type { Deps } from '../deps.ts'
import { findSlots } from '../slots/find-slots.ts'
import { bookHold, bookSlot } from './book.ts'
import { toAppointment } from './booking.ts'
import { changeStatus } from './change-status.ts'
import { holdSlot } from './hold-slot.ts'
import { reschedule } from './reschedule.ts'
import { lookedFor, self } from './self.ts'

type PatientRoutes = `appointments.${
  | 'find-slots'
  | 'hold-slot'
  | 'release-hold'
  | 'book'
  | 'list-of-patient'
  | 'reschedule'
  | 'cancel'
  | 'check-in'}`

const Position = z.tuple([z.iso.datetime().refine(...inCalendar), z.uuid()])

/** Patients and their own appointments. */
export function patientHandlers(deps: Deps): Pick<Handlers<typeof appointmentsRoutes>, PatientRoutes> {
  const { pool, bookings } = deps
  const asker = { staff: false }
  const change = async (actor: Actor, id: string, action: 'cancel' | 'check-in', subject: (id: string) => void) => {
    const patientId = self(actor)
    subject(patientId)
    const after = await changeStatus(deps, { id, patientId, by: actor.accountId, asker, action })
    return { status: 200, body: toAppointment(after) } as const
  }
  return {
    'appointments.find-slots': async ({ query, actor, subject }) => {
      const patientId = await lookedFor(pool, actor, query.patientId)
      if (patientId !== undefined) subject(patientId)
      return { status: 200, body: await findSlots(deps, { ...query, patientId }, isStaff(actor)) }
    },
    'appointments.hold-slot': async ({ body, actor, idempotencyKey, subject }) => {
      const patientId = self(actor)
      subject(patientId)
      const hold = await holdSlot(deps, patientId, actor.accountId, body, idempotencyKey)
      const { id, providerId, visitTypeId, starts, ends, holdExpiresAt } = hold
      const facilityId = FacilityId.parse(hold.facilityId)
      const expiresAt = (holdExpiresAt ?? starts).toISOString()
      const when = { start: starts.toISOString(), end: ends.toISOString(), expiresAt }
      return { status: 201, body: { id, providerId, facilityId, visitTypeId, ...when } }
    },
    'appointments.release-hold': async ({ params, actor, subject }) => {
      const patientId = self(actor)
      subject(patientId)
      if (!(await bookings.releaseHold(pool, params.holdId, patientId))) throw platformErrors['not-found']()
      return { status: 204 }
    },
    'appointments.book': async ({ body, actor, idempotencyKey, subject }) => {
      const patientId = self(actor, body.patientId)
      subject(patientId)
      const { reason } = body
      const request = { patientId, by: actor.accountId, asker, reason, key: idempotencyKey }
      const booked = 'holdId' in body ? await bookHold(deps, body.holdId, request) : await bookSlot(deps, body, request)
      return { status: 201, body: toAppointment(booked) }
    },
    'appointments.list-of-patient': async ({ params, query }) => {
      const before = query.cursor === undefined ? null : decodeCursor(Position, query.cursor, 'query.cursor')
      const found = await bookings.ofPatient(pool, params.patientId, before, query.limit)
      const positionOf = ({ starts, id }: (typeof found)[number]) => [starts.toISOString(), id]
      return { status: 200, body: toPage(found, query.limit, toAppointment, positionOf) }
    },
    'appointments.reschedule': async ({ params, body, actor, idempotencyKey, subject }) => {
      const patientId = self(actor)
      subject(patientId)
      const by = actor.accountId
      const moved = { id: params.appointmentId, patientId, by, asker, ...body, key: idempotencyKey }
      return { status: 200, body: toAppointment(await reschedule(deps, moved)) }
    },
    'appointments.cancel': ({ params, actor, subject }) => change(actor, params.appointmentId, 'cancel', subject),
    'appointments.check-in': ({ params, actor, subject }) => change(actor, params.appointmentId, 'check-in', subject),
  }
}
