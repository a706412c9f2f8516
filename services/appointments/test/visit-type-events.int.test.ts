import { randomUUID } from 'node:crypto'
import { visitTypeChanged } from '@wellgate/shared/contracts/appointments/events'
import { republish } from '@wellgate/shared/messaging/republish'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { visitTypeRepublisher } from '../src/calendar/visit-type-events.ts'
import { CHECK_UP, type Clinic, startClinic } from './support.ts'

let clinic: Clinic
beforeAll(async () => {
  clinic = await startClinic()
})
afterAll(() => clinic?.service.stop())

const put = (visitTypeId: string, fields: object = {}) => {
  const body = { ...CHECK_UP, ...fields }
  return clinic.call('appointments.put-visit-type', { token: clinic.admin, params: { visitTypeId }, body })
}
const toldOf = async (visitTypeId: string) =>
  (await clinic.service.published(visitTypeChanged))
    .filter(({ key }) => key === visitTypeId)
    .map(({ aggregateVersion, payload }) => ({ version: aggregateVersion, ...payload }))

it('tells of each version of a visit type, in order, and of none that was refused', async () => {
  const visitTypeId = randomUUID()
  expect((await put(visitTypeId)).status).toBe(200)
  expect((await put(visitTypeId, { priceCode: 'VISIT-31', active: false })).status).toBe(200)
  expect((await put(visitTypeId, { durationMinutes: 0 })).status).toBe(400)
  const told = { visitTypeId, name: 'Check-up', durationMinutes: 30 }
  expect(await toldOf(visitTypeId)).toEqual([
    { version: 1, ...told, priceCode: 'VISIT-30', active: true },
    { version: 2, ...told, priceCode: 'VISIT-31', active: false },
  ])
})

it('gives those that come at once different versions, the last of which is what is stored', async () => {
  const visitTypeId = randomUUID()
  await Promise.all(Array.from({ length: 8 }, (_, n) => put(visitTypeId, { priceCode: `P-${n}` })))
  const told = await toldOf(visitTypeId)
  expect(told.map(({ version }) => version)).toEqual([1, 2, 3, 4, 5, 6, 7, 8])
  const { rows } = await clinic.service.adminPool.query(
    'select price_code, version from appointments.visit_type where id = $1',
    [visitTypeId],
  )
  expect(rows).toEqual([{ price_code: told.at(-1)?.priceCode, version: 8 }])
})

it('publishes what there is again, at the version it has', async () => {
  const visitTypeId = randomUUID()
  await put(visitTypeId)
  await put(visitTypeId, { name: 'Long check-up' })
  const { pool, outbox } = clinic.service.running.platform
  const total = await republish({ pool, outbox, republisher: visitTypeRepublisher(pool) })
  const { rows } = await clinic.service.adminPool.query('select count(*)::int as n from appointments.visit_type')
  expect(total).toBe(rows[0].n)
  const told = await toldOf(visitTypeId)
  expect(told).toHaveLength(3)
  expect(told[2]).toEqual(told[1])
})
