import { afterAll, beforeAll, expect, it } from 'vitest'
import { type Clinic, noon, startClinic } from './support.ts'

let clinic: Clinic
beforeAll(async () => {
  clinic = await startClinic()
})
afterAll(() => clinic?.service.stop())

it('finds, holds and books a free time, and then it is gone', async () => {
  const { token } = clinic.patient()
  const query = { visitTypeId: clinic.visitTypeId, from: noon(1), to: noon(1, 90) }
  const { body } = await clinic.call('appointments.find-slots', { token, query })
  expect(body.items.map(({ start }: { start: string }) => start)).toEqual([noon(1), noon(1, 30), noon(1, 60)])
  const hold = await clinic.call('appointments.hold-slot', { token, body: clinic.slot(noon(1)) })
  expect(hold.status).toBe(201)
  const left = (await clinic.call('appointments.find-slots', { token, query })).body
  expect(left.items).toHaveLength(2)
  const booked = await clinic.book(token, { holdId: hold.body.id, reason: 'A cough' })
  expect(booked).toMatchObject({ status: 201, body: { id: hold.body.id, status: 'booked', reason: 'A cough' } })
})
