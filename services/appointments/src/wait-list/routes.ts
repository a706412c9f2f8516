import type { WaitEntry } from '@wellgate/shared/contracts/appointments/models'
import type { appointmentsRoutes } from '@wellgate/shared/contracts/appointments/routes'
import { FacilityId, PatientId } from '@wellgate/shared/contracts/ids'
import { execute, maybeOne, rows } from '@wellgate/shared/db/query'
import { type Tx, withTx } from '@wellgate/shared/db/tx'
import { platformErrors } from '@wellgate/shared/errors/platform-errors'
import type { Handlers } from '@wellgate/shared/http/handlers'
import { once } from '@wellgate/shared/http/idempotency'
import { toAppointment } from '../booking/booking.ts'
import { self } from '../booking/self.ts'
import { calendar } from '../calendar/calendar-repository.ts'
import type { Deps } from '../deps.ts'
import { appointmentsErrors, unknownReference, unknownVisitType } from '../errors.ts'
import { acceptOffer } from './accept-offer.ts'
import { lockOwn } from './locked-entry.ts'
import { step } from './wait-events.ts'
import * as sql from './wait-sql.ts'

type WaitRoutes = `appointments.${
  | 'join-wait-list'
  | 'list-waiting'
  | 'accept-offer'
  | 'decline-offer'
  | 'leave-wait-list'}`

/** Live entries of a patient: the line is for all, and each in it is looked at again and again. */
export const MOST_WAITING = 10

function toEntry(row: sql.WaitRow): WaitEntry {
  const { offer_provider, offer_facility, offer_starts, expires_at } = row
  const offered = offer_provider !== null && offer_facility !== null && offer_starts !== null && expires_at !== null
  return {
    id: row.id,
    patientId: PatientId.parse(row.patient_id),
    visitTypeId: row.visit_type_id,
    providerId: row.provider_id,
    facilityId: row.facility_id === null ? null : FacilityId.parse(row.facility_id),
    from: row.earliest.toISOString(),
    to: row.latest.toISOString(),
    status: row.status,
    offer: offered
      ? {
          providerId: offer_provider,
          facilityId: FacilityId.parse(offer_facility),
          start: offer_starts.toISOString(),
          expiresAt: expires_at.toISOString(),
        }
      : null,
  }
}

/** Patients and what they wait for. */
export function waitHandlers(deps: Deps): Pick<Handlers<typeof appointmentsRoutes>, WaitRoutes> {
  const { pool, outbox, bookings, newId, now } = deps
  const show = async (id: string): Promise<WaitEntry> => {
    const row = await maybeOne(pool, sql.waitById, [id])
    if (!row) throw platformErrors['not-found']()
    return toEntry(row)
  }
  /** Ends an open offer, so that the time is free for the next in line. */
  const giveUp = async (tx: Tx, row: sql.WaitRow): Promise<boolean> => {
    if (row.offer_id === null || row.booking_id === null) return false
    // The hold, then the offer: as who accepts and who adds a leave, so that nobody waits in a ring.
    await bookings.releaseHold(tx, row.booking_id, row.patient_id)
    await execute(tx, sql.setOffer, [row.offer_id, 'declined'])
    return true
  }
  return {
    'appointments.join-wait-list': async ({ body, actor, idempotencyKey, subject }) => {
      const patientId = self(actor)
      subject(patientId)
      if (Date.parse(body.to) <= now().getTime())
        throw appointmentsErrors['in-the-past']({ fields: [{ field: 'body.to', expected: 'a time to come' }] })
      const type = await calendar.visitType(pool, body.visitTypeId)
      if (!type?.active) throw unknownVisitType('body.visitTypeId')
      if (!type.selfBookable) throw appointmentsErrors['not-self-bookable']()
      const constraints = {
        wait_entry_provider_id_fkey: () => unknownReference('body.providerId', 'provider'),
        wait_entry_facility_id_fkey: () => unknownReference('body.facilityId', 'facility'),
      }
      const join = (tx: Tx) =>
        once(tx, idempotencyKey, async () => {
          const id = newId()
          const { visitTypeId, providerId, facilityId, from, to } = body
          await execute(tx, sql.lockJoining, [patientId])
          const entry = [id, patientId, visitTypeId, providerId, facilityId, new Date(from), new Date(to)]
          const joined = await execute(tx, sql.insertWait, [...entry, MOST_WAITING])
          if (joined === 0) throw appointmentsErrors['too-many-waiting']()
          await step(outbox, tx, { id, patientId }, 'joined')
          return { status: 201, resultId: id }
        })
      const { resultId } = await withTx(pool, join, { constraints })
      return { status: 201, body: await show(resultId) }
    },
    'appointments.list-waiting': async ({ params }) => {
      const found = await rows(pool, sql.waitOfPatient, [params.patientId])
      return { status: 200, body: { items: found.map(toEntry), next: null } }
    },
    'appointments.accept-offer': async ({ params, actor, subject }) => {
      const patientId = self(actor)
      subject(patientId)
      const booked = await acceptOffer(deps, params.entryId, patientId, actor.accountId)
      return { status: 201, body: toAppointment(booked) }
    },
    'appointments.decline-offer': async ({ params, actor, subject }) => {
      const patientId = self(actor)
      subject(patientId)
      await withTx(pool, async (tx) => {
        const row = await lockOwn(tx, params.entryId, patientId)
        if (!(await giveUp(tx, row))) throw appointmentsErrors['nothing-offered']()
        await step(outbox, tx, { id: row.id, patientId, start: row.offer_starts }, 'declined')
      })
      return { status: 200, body: await show(params.entryId) }
    },
    'appointments.leave-wait-list': async ({ params, actor, subject }) => {
      const patientId = self(actor)
      subject(patientId)
      await withTx(pool, async (tx) => {
        const row = await lockOwn(tx, params.entryId, patientId)
        if (row.status === 'left' || row.status === 'booked') throw platformErrors['not-found']()
        await giveUp(tx, row)
        await step(outbox, tx, { id: row.id, patientId }, 'left')
      })
      return { status: 204 }
    },
  }
}
