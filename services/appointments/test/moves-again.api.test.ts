import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type Clinic, DAY, noon, startClinic } from './support.ts'

let clinic: Clinic
beforeAll(async () => {
  clinic = await startClinic()
})
afterAll(() => clinic?.service.stop())

const move = (token: string, appointmentId: string, start: string, key: string) => {
  const headers = { 'idempotency-key': key }
  return clinic.call('appointments.reschedule', { token, params: { appointmentId }, body: { start }, headers })
}

it('moves one appointment a key', async () => {
  const { token } = clinic.patient()
  const one = await clinic.book(token, clinic.slot(noon(1)))
  const two = await clinic.book(token, clinic.slot(noon(2)))
  const key = randomUUID()
  expect((await move(token, one.body.id, noon(3), key)).status).toBe(200)
  const other = await move(token, two.body.id, noon(3), key)
  expect(other).toMatchObject({ status: 422, body: { code: 'idempotency-key-reused' } })
  const twins = [one, two].map(({ body }) => move(token, body.id, noon(4), 'a-key-of-two-at-once'))
  const answers = await Promise.all(twins)
  expect(answers.filter(({ status }) => status === 200)).toHaveLength(1)
})

it('answers a move again, whatever has become of the appointment', async () => {
  const visitTypeId = await clinic.visitType({ changeNoticeMinutes: 1440 })
  const providerId = await clinic.provider([visitTypeId])
  const { token } = clinic.patient()
  const { body } = await clinic.book(token, clinic.slot(noon(5), { visitTypeId, providerId }))
  const key = randomUUID()
  const again = () => move(token, body.id, noon(4), key)
  expect(await again()).toMatchObject({ status: 200, body: { start: noon(4) } })
  clinic.clock.aheadMs = 4 * DAY
  expect(await again()).toMatchObject({ status: 200, body: { start: noon(4) } })
  expect((await move(token, body.id, noon(6), randomUUID())).body.code).toBe('too-short-notice')
  clinic.clock.aheadMs = 0
  await clinic.call('appointments.cancel', { token, params: { appointmentId: body.id }, body: {} })
  expect(await again()).toMatchObject({ status: 200, body: { start: noon(4), status: 'cancelled' } })
  expect((await move(clinic.patient().token, body.id, noon(4), key)).status).toBe(404)
})
