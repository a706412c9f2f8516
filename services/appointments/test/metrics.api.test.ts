import { scrape, valuesBy } from '@wellgate/shared/testing/scraped'
import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { type Clinic, noon, openDaily, startClinic } from './support.ts'

let clinic: Clinic
beforeAll(async () => {
  clinic = await startClinic()
})
afterAll(() => clinic?.service.stop())

const counts = async (name: string, label: string) => valuesBy(await scrape(clinic.service.opsUrl), name, label)
const appointments = () => counts('wellgate_appointments_total', 'change')
const holds = () => counts('wellgate_holds_total', 'result')
const hold = (token: string, start: string) =>
  clinic.call('appointments.hold-slot', { token, body: clinic.slot(start) })

it('counts what was booked, moved and cancelled, and not what was refused', async () => {
  expect(await appointments()).toMatchObject({ booked: 0, moved: 0, cancelled: 0, 'no-show': 0 })
  const [ada, ben] = [clinic.patient(), clinic.patient()]
  const booked = await clinic.book(ada.token, clinic.slot(noon(10)))
  expect(booked.status).toBe(201)
  expect((await clinic.book(ben.token, clinic.slot(noon(10)))).status).toBe(409)
  const params = { appointmentId: booked.body.id }
  const moved = await clinic.call('appointments.reschedule', { token: ada.token, params, body: { start: noon(11) } })
  expect(moved.status).toBe(200)
  const cancelled = await clinic.call('appointments.cancel', { token: ada.token, params, body: {} })
  expect(cancelled.status).toBe(200)
  expect(await appointments()).toMatchObject({ booked: 1, moved: 1, cancelled: 1, 'no-show': 0 })
})

it('counts holds by what became of them', async () => {
  const [ada, ben, eve] = [clinic.patient(), clinic.patient(), clinic.patient()]
  const kept = await hold(ada.token, noon(12))
  expect(kept.status).toBe(201)
  expect((await clinic.book(ada.token, { holdId: kept.body.id })).status).toBe(201)
  const given = await hold(ben.token, noon(13))
  await clinic.call('appointments.release-hold', { token: ben.token, params: { holdId: given.body.id } })
  const lost = await hold(eve.token, noon(14))
  await clinic.service.adminPool.query(
    `update appointments.booking set hold_expires_at = clock_timestamp() - interval '1 second' where id = $1`,
    [lost.body.id],
  )
  expect(await holds()).toEqual({ held: 3, booked: 1, released: 1, lost: 0 })
  expect((await clinic.book(ben.token, clinic.slot(noon(14)))).status).toBe(201)
  expect(await holds()).toEqual({ held: 3, booked: 1, released: 1, lost: 1 })
})

it('counts the steps of the wait-list', async () => {
  const providerId = await clinic.provider([clinic.visitTypeId], openDaily('12:00', '12:30'))
  const { token } = clinic.patient()
  const body = { visitTypeId: clinic.visitTypeId, providerId, from: noon(30, -60), to: noon(30, 60) }
  expect((await clinic.call('appointments.join-wait-list', { token, body })).status).toBe(201)
  await vi.waitFor(
    async () =>
      expect(await counts('wellgate_wait_list_total', 'step')).toMatchObject({ joined: 1, offered: 1, left: 0 }),
    { timeout: 10_000, interval: 50 },
  )
})
