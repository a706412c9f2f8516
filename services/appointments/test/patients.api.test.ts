import { randomUUID } from 'node:crypto'
import { PatientId } from '@wellgate/shared/contracts/ids'
import { patientRegistered } from '@wellgate/shared/contracts/patients/events'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type Clinic, noon, startClinic } from './support.ts'

let clinic: Clinic
beforeAll(async () => {
  clinic = await startClinic()
})
afterAll(() => clinic?.service.stop())

const bookFor = (patientId: string, start: string, key = randomUUID()) => {
  const body = { patientId, ...clinic.slot(start), reason: 'A cough' }
  return clinic.call('appointments.book-for-patient', { token: clinic.desk, body, headers: { 'idempotency-key': key } })
}

it('books for nobody that it has not heard of', async () => {
  expect(await bookFor(randomUUID(), noon(1))).toMatchObject({ status: 404, body: { code: 'not-found' } })
  const { rows } = await clinic.service.adminPool.query('select count(*)::int as n from appointments.booking')
  expect(rows[0].n).toBe(0)
})

it('books for whom it has heard of, and does not mind to hear it again', async () => {
  const patientId = PatientId.parse(randomUUID())
  for (const aggregateVersion of [1, 1, 2])
    await clinic.service.publish(patientRegistered, { patientId, birthDate: '1980-01-01' }, { aggregateVersion })
  const key = randomUUID()
  const first = await bookFor(patientId, noon(2), key)
  expect(first).toMatchObject({ status: 201, body: { patientId, start: noon(2) } })
  expect((await bookFor(patientId, noon(2), key)).body).toEqual(first.body)
  const { rows } = await clinic.service.adminPool.query('select id, to_jsonb(p) as kept from appointments.patient p')
  expect(rows).toMatchObject([{ id: patientId }])
  expect(Object.keys(rows[0].kept).toSorted()).toEqual(['id', 'known_at'])
})
