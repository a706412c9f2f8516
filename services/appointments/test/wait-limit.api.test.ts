import { afterAll, beforeAll, expect, it } from 'vitest'
import { MOST_WAITING } from '../src/wait-list/routes.ts'
import { type Clinic, noon, startClinic } from './support.ts'
import type { Patient } from './wait-support.ts'

let clinic: Clinic
let providerId: string
beforeAll(async () => {
  clinic = await startClinic()
  providerId = await clinic.provider([clinic.visitTypeId], [])
})
afterAll(() => clinic?.service.stop())

const join = ({ token }: Patient, day = 3, headers = {}) => {
  const body = { visitTypeId: clinic.visitTypeId, providerId, from: noon(day), to: noon(day, 60) }
  return clinic.call('appointments.join-wait-list', { token, body, headers })
}
const listed = async ({ token }: Patient): Promise<{ id: string; status: string }[]> =>
  (await clinic.call('appointments.list-waiting', { token, params: { patientId: 'me' } })).body.items

it('lets a patient wait for ten times at most, however many ask at once', async () => {
  const patient = clinic.patient()
  const answers = await Promise.all(Array.from({ length: 15 }, () => join(patient)))
  expect(answers.filter(({ status }) => status === 201)).toHaveLength(MOST_WAITING)
  const refused = answers.filter(({ status }) => status !== 201)
  expect(refused.map(({ status, body }) => `${status} ${body.code}`)).toEqual(Array(5).fill('409 too-many-waiting'))
  expect(await listed(patient)).toHaveLength(MOST_WAITING)
  const params = { entryId: answers.find(({ status }) => status === 201)?.body.id }
  await clinic.call('appointments.leave-wait-list', { token: patient.token, params })
  const again = { 'idempotency-key': 'the-tenth-once-more' }
  const tenth = await join(patient, 4, again)
  expect(tenth.status).toBe(201)
  expect((await join(patient, 5)).status).toBe(409)
  // Asked again, it is the same, though no more would be let in.
  expect((await join(patient, 4, again)).body).toEqual(tenth.body)
})

it('lists all that a patient waits for, however much is over', async () => {
  const patient = clinic.patient()
  const { body } = await join(patient)
  await clinic.service.adminPool.query(
    `insert into appointments.wait_entry (id, patient_id, visit_type_id, earliest, latest, status, version)
     select ('ffffffff-ffff-7fff-bfff-' || lpad(n::text, 12, '0'))::uuid, $1, $2, $3, $4, 'left', 1
       from generate_series(1, 120) n`,
    [patient.patientId, clinic.visitTypeId, noon(3), noon(4)],
  )
  const all = await listed(patient)
  expect(all).toHaveLength(101)
  expect(all.at(-1)).toMatchObject({ id: body.id, status: 'waiting' })
})
