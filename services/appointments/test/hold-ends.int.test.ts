import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { bookHold } from '../src/booking/book.ts'
import { createBookingRepository } from '../src/booking/booking-repository.ts'
import { createTurns } from '../src/booking/turns.ts'
import type { Deps } from '../src/deps.ts'
import { createTimetable } from '../src/slots/timetable.ts'
import { acceptOffer } from '../src/wait-list/accept-offer.ts'
import { type Clinic, MINUTE, noon, startClinic } from './support.ts'
import { waitRoom } from './wait-support.ts'

let clinic: Clinic
const { answer, becomes, entryOf, join, onceADay } = waitRoom(() => clinic)
beforeAll(async () => {
  clinic = await startClinic()
})
afterAll(() => clinic?.service.stop())

/** As if it had been held until after it began. */
const beginNow = (id: string) =>
  clinic.service.adminPool.query(
    `update appointments.booking set starts = clock_timestamp() - interval '1 minute', taken_from = starts - interval '40 days'
      where id = $1`,
    [id],
  )

it('is held no longer than to its start', async () => {
  const visitTypeId = await clinic.visitType({ durationMinutes: 5, stepMinutes: 5 })
  const providerId = await clinic.provider([visitTypeId])
  const start = new Date(Math.ceil((Date.now() + MINUTE / 3) / (5 * MINUTE)) * 5 * MINUTE).toISOString()
  const { token } = clinic.patient()
  const hold = await clinic.call('appointments.hold-slot', {
    token,
    body: clinic.slot(start, { visitTypeId, providerId }),
  })
  expect(hold).toMatchObject({ status: 201, body: { start, expiresAt: start } })
})

it('is not booked after it began', async () => {
  const { token } = clinic.patient()
  const { body } = await clinic.call('appointments.hold-slot', { token, body: clinic.slot(noon(30)) })
  await beginNow(body.id)
  expect(await clinic.book(token, { holdId: body.id })).toMatchObject({
    status: 422,
    body: { code: 'in-the-past', fields: [{ field: 'body.holdId' }] },
  })
})

it('is not booked after it began, when it was offered', async () => {
  const patient = clinic.patient()
  const entryId = await join(patient, await onceADay(), 31)
  await becomes(patient, { status: 'offered' })
  const { rows } = await clinic.service.adminPool.query(
    'select booking_id from appointments.wait_offer where entry_id = $1',
    [entryId],
  )
  await beginNow(rows[0].booking_id)
  expect((await answer(patient, entryId, 'accept')).body.code).toBe('offer-expired')
})

it('is booked though the database ended the first attempt for another', async () => {
  const { platform } = clinic.service.running
  /** Ends the first transaction as a deadlock does. */
  const unlucky = (): Deps => {
    const bookings = createBookingRepository(platform.sealer)
    let attempts = 0
    const confirmHold: typeof bookings.confirmHold = async (tx, of) => {
      if (attempts++ === 0) await tx.query(`do $$ begin raise exception using errcode = '40P01'; end $$`)
      return bookings.confirmHold(tx, of)
    }
    const deps = { ...platform, timetable: createTimetable(platform), turns: createTurns() }
    return { ...deps, bookings: { ...bookings, confirmHold } }
  }
  const holder = clinic.patient()
  const { body } = await clinic.call('appointments.hold-slot', { token: holder.token, body: clinic.slot(noon(32)) })
  const { patientId } = holder
  const key = { actorId: randomUUID(), route: 'appointments.book', key: randomUUID(), bodyHash: Buffer.alloc(32) }
  const request = { patientId, by: patientId, asker: { staff: false }, reason: undefined, key }
  expect(await bookHold(unlucky(), body.id, request)).toMatchObject({ id: body.id, status: 'booked' })

  const patient = clinic.patient()
  const entryId = await join(patient, await onceADay(), 33)
  await becomes(patient, { status: 'offered' })
  expect(await acceptOffer(unlucky(), entryId, patient.patientId, patient.patientId)).toMatchObject({
    status: 'booked',
  })
  expect(await entryOf(patient)).toMatchObject({ status: 'booked' })
})

it('is answered again as long as its key is known', async () => {
  const { token } = clinic.patient()
  const headers = { 'idempotency-key': randomUUID() }
  const hold = () => clinic.call('appointments.hold-slot', { token, body: clinic.slot(noon(34)), headers })
  const { body } = await hold()
  // Keys are forgotten a day after the request, by a job that runs each hour.
  await clinic.service.adminPool.query(
    `update appointments.booking set status = 'expired', hold_expires_at = now() - interval '24 hours 40 minutes' where id = $1`,
    [body.id],
  )
  const { platform } = clinic.service.running
  await createBookingRepository(platform.sealer).deleteExpired(platform.pool)
  expect(await hold()).toMatchObject({ status: 201, body: { id: body.id } })
})
