import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type Clinic, noon, openDaily, startClinic } from './support.ts'

let clinic: Clinic
beforeAll(async () => {
  clinic = await startClinic()
})
afterAll(() => clinic?.service.stop())

const bookFor = (body: object, token = clinic.desk) =>
  clinic.call('appointments.book-for-patient', { token, body, headers: { 'idempotency-key': randomUUID() } })
const exception = (body: object) => clinic.call('appointments.add-exception', { token: clinic.desk, body })
const slots = async (providerId: string, from: string, to: string, visitTypeId = clinic.visitTypeId) => {
  const query = { visitTypeId, providerId, from, to }
  const { body } = await clinic.call('appointments.find-slots', { token: clinic.patient().token, query })
  return body.items.map(({ start }: { start: string }) => start)
}

it('sets aside the notice with a reason only, and seals it', async () => {
  const visitTypeId = await clinic.visitType({ minimumNoticeMinutes: 2880, changeNoticeMinutes: 2880 })
  const providerId = await clinic.provider([visitTypeId])
  const { patientId, token } = await clinic.registered()
  const wanted = clinic.slot(noon(1), { visitTypeId, providerId })
  const tooShort = (field: string) => ({ status: 422, body: { code: 'too-short-notice', fields: [{ field }] } })
  expect(await clinic.book(token, wanted)).toMatchObject(tooShort('body.start'))
  expect(await bookFor({ patientId, ...wanted })).toMatchObject(tooShort('body.overrideReason'))
  const { status, body } = await bookFor({ patientId, ...wanted, overrideReason: 'CANARY emergency' })
  expect(status).toBe(201)
  const params = { appointmentId: body.id }
  const cancel = await clinic.call('appointments.cancel', { token, params, body: {} })
  expect(cancel.body.code).toBe('too-short-notice')
  const byPatient = await clinic.call('appointments.reschedule', { token, params, body: { start: noon(5) } })
  expect(byPatient.body.code).toBe('too-short-notice')
  const move = (over: object) =>
    clinic.call('appointments.reschedule-for-patient', {
      token: clinic.desk,
      params,
      body: { start: noon(1, 30), ...over },
    })
  expect(await move({})).toMatchObject(tooShort('body.overrideReason'))
  expect(await move({ overrideReason: 'The patient called' })).toMatchObject({
    status: 200,
    body: { start: noon(1, 30) },
  })
  const change = (over: object) =>
    clinic.call('appointments.change-status', { token: clinic.desk, params, body: { action: 'cancel', ...over } })
  expect(await change({})).toMatchObject(tooShort('body.overrideReason'))
  expect((await change({ overrideReason: 'Well again' })).body.status).toBe('cancelled')
  const { rows } = await clinic.service.adminPool.query(
    `select string_agg(encode(document, 'escape'), '') as all from appointments.booking`,
  )
  expect(rows[0].all).not.toContain('CANARY')
})

it('lists the appointments that a leave hits, and keeps them', async () => {
  const providerId = await clinic.provider([clinic.visitTypeId])
  const { token } = clinic.patient()
  const booked = await clinic.book(token, clinic.slot(noon(2), { providerId }))
  const leave = { kind: 'off', providerId, start: noon(2, -60), end: noon(2, 60) }
  const added = await exception(leave)
  expect(added).toMatchObject({ status: 201, body: { affected: [{ id: booked.body.id, status: 'booked' }] } })
  expect(await slots(providerId, noon(2, -120), noon(2, 120))).toEqual([
    noon(2, -120),
    noon(2, -90),
    noon(2, 60),
    noon(2, 90),
  ])
  const mine = await clinic.call('appointments.list-of-patient', { token, params: { patientId: 'me' } })
  expect(mine.body.items).toMatchObject([{ id: booked.body.id, status: 'booked' }])
  const remove = () =>
    clinic.call('appointments.remove-exception', { token: clinic.desk, params: { exceptionId: added.body.id } })
  expect((await remove()).status).toBe(204)
  expect((await remove()).status).toBe(404)
  expect(await slots(providerId, noon(2, -30), noon(2, 30))).toEqual([noon(2, -30)])
})

it('opens extra hours, and closes a facility for a holiday', async () => {
  const providerId = await clinic.provider([clinic.visitTypeId], [])
  expect(await slots(providerId, noon(3), noon(4))).toEqual([])
  const { facilityId } = clinic
  await exception({ kind: 'extra', providerId, facilityId, start: noon(3, 5), end: noon(3, 70) })
  expect(await slots(providerId, noon(3), noon(4))).toEqual([noon(3, 5), noon(3, 35)])
  const added = await exception({ kind: 'off', facilityId, start: noon(3, 30), end: noon(3, 36) })
  expect(await slots(providerId, noon(3), noon(4))).toEqual([])
  await clinic.call('appointments.remove-exception', { token: clinic.desk, params: { exceptionId: added.body.id } })
})

it('takes a room where the visit needs one, and has no time without', async () => {
  const visitTypeId = await clinic.visitType({ needsRoom: true })
  const [one, two] = [await clinic.provider([visitTypeId]), await clinic.provider([visitTypeId])]
  expect(await slots(one, noon(4), noon(4, 60), visitTypeId)).toEqual([])
  const roomId = await clinic.room()
  const first = await clinic.book(clinic.patient().token, clinic.slot(noon(4), { visitTypeId, providerId: one }))
  expect(first).toMatchObject({ status: 201, body: { roomId } })
  expect(await slots(two, noon(4), noon(4, 60), visitTypeId)).toEqual([noon(4, 30)])
  const second = await clinic.book(clinic.patient().token, clinic.slot(noon(4), { visitTypeId, providerId: two }))
  expect(second).toMatchObject({ status: 409, body: { code: 'slot-taken' } })
})

it('gives the day by the clock of the facility, in order', async () => {
  const facilityId = await clinic.facility('Pacific/Auckland')
  const providerId = await clinic.provider([clinic.visitTypeId], openDaily(), facilityId)
  const dateOf = (time: string) =>
    new Intl.DateTimeFormat('sv-SE', { timeZone: 'Pacific/Auckland' }).format(Date.parse(time))
  const times = [noon(6, -720), noon(6, -60), noon(6), noon(6, 360)]
  for (const start of times)
    expect((await clinic.book(clinic.patient().token, clinic.slot(start, { providerId, facilityId }))).status).toBe(201)
  const date = dateOf(noon(6))
  const sheet = await clinic.call('appointments.read-day-sheet', { token: clinic.desk, query: { facilityId, date } })
  expect(sheet.body.items.map(({ start }: { start: string }) => start)).toEqual(
    times.filter((time) => dateOf(time) === date),
  )
  const none = { facilityId, date, providerId: clinic.providerId }
  expect((await clinic.call('appointments.read-day-sheet', { token: clinic.desk, query: none })).body.items).toEqual([])
})

it('says no-show only after the start, which frees nothing of the past', async () => {
  const { patientId } = await clinic.registered()
  const { body } = await bookFor({ patientId, ...clinic.slot(noon(7)) }, clinic.clinician)
  const noShow = () =>
    clinic.call('appointments.change-status', {
      token: clinic.desk,
      params: { appointmentId: body.id },
      body: { action: 'no-show' },
    })
  expect((await noShow()).body).toMatchObject({ code: 'too-early', fields: [{ field: 'body.action' }] })
  clinic.clock.aheadMs = Date.parse(noon(7, 20)) - Date.now()
  expect((await noShow()).body.status).toBe('no-show')
  clinic.clock.aheadMs = 0
})

it('attends nobody before the day of the visit', async () => {
  const { patientId } = await clinic.registered()
  const { body } = await bookFor({ patientId, ...clinic.slot(noon(8)) }, clinic.clinician)
  const act = async (action: string) => {
    const params = { appointmentId: body.id }
    return (await clinic.call('appointments.change-status', { token: clinic.clinician, params, body: { action } })).body
  }
  expect(await act('arrive')).toMatchObject({ code: 'too-early', fields: [{ field: 'body.action' }] })
  clinic.clock.aheadMs = Date.parse(noon(8, -60)) - Date.now()
  for (const action of ['arrive', 'begin']) await act(action)
  clinic.clock.aheadMs = 0
  // A clock that was set right again: what has begun is not over before its day.
  expect((await act('complete')).code).toBe('too-early')
})
