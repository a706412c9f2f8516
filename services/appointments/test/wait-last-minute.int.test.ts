import { afterAll, beforeAll, expect, it } from 'vitest'
import { type Clinic, MINUTE, noon, startClinic } from './support.ts'
import { waitRoom } from './wait-support.ts'

let clinic: Clinic
const { answer, becomes, entryOf } = waitRoom(() => clinic)
beforeAll(async () => {
  clinic = await startClinic()
})
afterAll(() => clinic?.service.stop())

it('books the last offer, though the one before it would have been held for longer', async () => {
  const STEP = 5 * MINUTE
  const visitTypeId = await clinic.visitType({ durationMinutes: 5, stepMinutes: 5 })
  const providerId = await clinic.provider([visitTypeId], [])
  // Within a quarter of an hour: an offer of it ends when it begins.
  const soon = new Date(Math.ceil((Date.now() + 2 * MINUTE) / STEP) * STEP).toISOString()
  const later = noon(2)
  for (const start of [soon, later]) {
    const end = new Date(Date.parse(start) + STEP).toISOString()
    const body = { kind: 'extra', providerId, facilityId: clinic.facilityId, start, end }
    expect((await clinic.call('appointments.add-exception', { token: clinic.desk, body })).status).toBe(201)
  }
  const [owner, patient] = [clinic.patient(), clinic.patient()]
  const { body: taken } = await clinic.book(owner.token, clinic.slot(soon, { visitTypeId, providerId }))
  const body = { visitTypeId, providerId, from: noon(-1), to: noon(3) }
  const { body: entry } = await clinic.call('appointments.join-wait-list', { token: patient.token, body })
  await becomes(patient, { status: 'offered', offer: { start: later } })
  expect((await answer(patient, entry.id, 'decline')).status).toBe(200)

  await clinic.call('appointments.cancel', { token: owner.token, params: { appointmentId: taken.id }, body: {} })
  await becomes(patient, { status: 'offered', offer: { start: soon, expiresAt: soon } })
  const accepted = await answer(patient, entry.id, 'accept')
  expect(accepted).toMatchObject({ status: 201, body: { start: soon, status: 'booked' } })
  expect(await answer(patient, entry.id, 'accept')).toMatchObject({ status: 201, body: { id: accepted.body.id } })
  expect(await entryOf(patient)).toMatchObject({ status: 'booked', offer: null })
})
