import { randomUUID } from 'node:crypto'
import { FacilityId } from '@wellgate/shared/contracts/ids'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type Clinic, DAY, noon, openDaily, startClinic } from './support.ts'

let clinic: Clinic
beforeAll(async () => {
  clinic = await startClinic()
})
afterAll(() => clinic?.service.stop())

const HOUR = 3_600_000
// Neither zone changes its clocks, so an hour of the one is always the same hour of the other.
const [TOKYO, KARACHI] = ['Asia/Tokyo', 'Asia/Karachi']
const [AHEAD_IN_TOKYO, AHEAD_IN_KARACHI] = [9 * HOUR, 5 * HOUR]

/** An hour by a clock that is `ahead` of UTC, five days from today. */
const wall = (hour: number, ahead: number): string =>
  new Date(Math.floor(Date.now() / DAY) * DAY + 5 * DAY + hour * HOUR - ahead).toISOString()

const facilities = async (): Promise<{ id: string; name: string; timeZone: string }[]> =>
  (await clinic.call('appointments.list-facilities', { token: clinic.desk, query: { limit: 100 } })).body.items
const factsOf = async (id: string) => (await facilities()).find((facility) => facility.id === id)

it('knows a facility as identity tells of it, however often and in whatever order', async () => {
  const id = await clinic.facility('Europe/Berlin', { name: 'Annex' })
  expect(await factsOf(id)).toEqual({ id, name: 'Annex', timeZone: 'Europe/Berlin' })
  await clinic.facility('America/Chicago', { id, name: 'North Annex', version: 3 })
  await clinic.facility('Europe/Paris', { id, name: 'Old Annex', version: 2 })
  expect(await factsOf(id)).toMatchObject({ name: 'North Annex' })
  await clinic.facility('America/Chicago', { id, name: 'North Annex', version: 3 })
  expect(await factsOf(id)).toEqual({ id, name: 'North Annex', timeZone: 'America/Chicago' })
})

it('keeps hours and rooms for no facility that it has not heard of', async () => {
  const facilityId = randomUUID()
  const room = { params: { roomId: randomUUID() }, body: { name: 'Room', facilityId } }
  const answer = await clinic.call('appointments.put-room', { token: clinic.admin, ...room })
  expect(answer).toMatchObject({ status: 422, body: { code: 'unknown-reference' } })
  await clinic.facility('UTC', { id: FacilityId.parse(facilityId) })
  expect((await clinic.call('appointments.put-room', { token: clinic.admin, ...room })).status).toBe(200)
})

it('parks a zone that its own zone data does not know, and searches go on', async () => {
  const id = await clinic.facility('Mars/Olympus')
  const { rows } = await clinic.service.adminPool.query('select topic, key from appointments.parked_event')
  expect(rows).toEqual([{ topic: 'facility', key: id }])
  expect(await factsOf(id)).toBeUndefined()
  const query = { visitTypeId: clinic.visitTypeId, from: noon(1), to: noon(2) }
  const found = await clinic.call('appointments.find-slots', { token: clinic.patient().token, query })
  expect(found.status).toBe(200)
})

it('keeps what is booked at its instant when the zone changes, and derives free times anew', async () => {
  const id = await clinic.facility(TOKYO, { name: 'Far' })
  const providerId = await clinic.provider([clinic.visitTypeId], openDaily('09:00', '11:00'), id)
  const slots = async (): Promise<string[]> => {
    const range = { from: wall(0, AHEAD_IN_TOKYO), to: wall(24, AHEAD_IN_KARACHI) }
    const query = { visitTypeId: clinic.visitTypeId, providerId, ...range }
    const { body } = await clinic.call('appointments.find-slots', { token: clinic.patient().token, query })
    return body.items.map(({ start }: { start: string }) => start)
  }
  const hours = (ahead: number) => [9, 9.5, 10, 10.5].map((hour) => wall(hour, ahead))
  expect(await slots()).toEqual(hours(AHEAD_IN_TOKYO))
  const patient = clinic.patient()
  const booked = await clinic.book(patient.token, clinic.slot(wall(9, AHEAD_IN_TOKYO), { providerId, facilityId: id }))
  expect(booked).toMatchObject({ status: 201, body: { timeZone: TOKYO } })

  await clinic.facility(KARACHI, { id, name: 'Far', version: 2 })
  const mine = await clinic.call('appointments.list-of-patient', { token: patient.token, params: { patientId: 'me' } })
  expect(mine.body.items).toMatchObject([
    { id: booked.body.id, status: 'booked', start: wall(9, AHEAD_IN_TOKYO), timeZone: KARACHI, version: 1 },
  ])
  // It stands at 05:00 by the new clock, outside the hours, and is on the sheet of that day.
  const date = wall(9, 0).slice(0, 10)
  const sheet = await clinic.call('appointments.read-day-sheet', {
    token: clinic.desk,
    query: { facilityId: id, date },
  })
  expect(sheet.body.items).toMatchObject([{ id: booked.body.id }])
  expect(await slots()).toEqual(hours(AHEAD_IN_KARACHI))
  // What was free by the old clock alone is no slot; what is free by the new one is.
  const book = (start: string) =>
    clinic.book(clinic.patient().token, clinic.slot(start, { providerId, facilityId: id }))
  expect((await book(wall(10, AHEAD_IN_TOKYO))).body.code).toBe('not-a-slot')
  expect((await book(wall(10, AHEAD_IN_KARACHI))).status).toBe(201)
})
