import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type Clinic, noon, startClinic } from './support.ts'

let clinic: Clinic
beforeAll(async () => {
  clinic = await startClinic()
})
afterAll(() => clinic?.service.stop())

const capitals = (ids: Record<string, string>) =>
  Object.fromEntries(
    Object.entries(ids).map(([name, id]) => [name, name.endsWith('Id') && id !== 'me' ? id.toUpperCase() : id]),
  )

it('books what is held, whatever the case of its id, and can read it ever after', async () => {
  const { token } = clinic.patient()
  const hold = await clinic.call('appointments.hold-slot', { token, body: capitals(clinic.slot(noon(1))) })
  expect(hold.status).toBe(201)
  const booked = await clinic.book(token, { holdId: hold.body.id.toUpperCase(), reason: 'A cough' })
  expect(booked).toMatchObject({ status: 201, body: { id: hold.body.id, reason: 'A cough' } })
  const mine = await clinic.call('appointments.list-of-patient', { token, params: { patientId: 'me' } })
  expect(mine).toMatchObject({ status: 200, body: { items: [{ id: hold.body.id, reason: 'A cough' }] } })
  const query = { facilityId: clinic.facilityId.toUpperCase(), date: noon(1).slice(0, 10) }
  const day = await clinic.call('appointments.read-day-sheet', { token: clinic.desk, query })
  expect(day).toMatchObject({ status: 200, body: { items: [{ id: hold.body.id }] } })
})

it('finds the same free times by ids in capitals', async () => {
  const { token } = clinic.patient()
  const { visitTypeId, providerId, facilityId } = clinic.slot(noon(3))
  const ids = { visitTypeId, providerId, facilityId }
  const found = async (query: Record<string, string>) =>
    (await clinic.call('appointments.find-slots', { token, query: { ...query, from: noon(3), to: noon(4) } })).body
  const { items } = await found(ids)
  expect(items.length).toBeGreaterThan(0)
  expect((await found(capitals(ids))).items).toEqual(items)
})

it('books for a patient whose id staff type in capitals', async () => {
  const { patientId, token } = await clinic.registered()
  const body = capitals({ ...clinic.slot(noon(2)), patientId })
  const headers = { 'idempotency-key': randomUUID() }
  const booked = await clinic.call('appointments.book-for-patient', { token: clinic.desk, body, headers })
  expect(booked).toMatchObject({ status: 201, body: { patientId } })
  const mine = await clinic.call('appointments.list-of-patient', { token, params: { patientId: 'me' } })
  expect(mine.body.items).toMatchObject([{ id: booked.body.id }])
  const params = capitals({ appointmentId: booked.body.id })
  const moved = await clinic.call('appointments.reschedule', { token, params, body: { start: noon(2, 30) } })
  expect(moved).toMatchObject({ status: 200, body: { id: booked.body.id, start: noon(2, 30) } })
})
