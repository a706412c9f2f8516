import { afterAll, beforeAll, expect, it } from 'vitest'
import { type Clinic, MINUTE, noon, startClinic } from './support.ts'
import { waitRoom } from './wait-support.ts'

let clinic: Clinic
const { answer, becomes, join, onceADay } = waitRoom(() => clinic)
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
  expect(await clinic.book(token, { holdId: body.id })).toMatchObject({ status: 422, body: { code: 'in-the-past' } })
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
