import { appointmentReminderDue } from '@wellgate/shared/contracts/appointments/events'
import { createPool } from '@wellgate/shared/db/pool'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { fireReminders } from '../src/reminders/fire-reminders.ts'
import { type Clinic, DAY, startClinic } from './support.ts'

let clinic: Clinic
beforeAll(async () => {
  clinic = await startClinic()
})
afterAll(() => clinic?.service.stop())

/** On the grid, some days from now. */
const inDays = (days: number): string =>
  new Date(Math.ceil((Date.now() + days * DAY) / 1_800_000) * 1_800_000).toISOString()
const booked = async (start: string, daysAgo: number): Promise<string> => {
  const { body } = await clinic.book(clinic.patient().token, clinic.slot(start))
  await clinic.service.adminPool.query(
    `update appointments.booking set updated_at = now() - $2::int * interval '1 day' where id = $1`,
    [body.id, daysAgo],
  )
  return body.id
}
const fire = () => fireReminders(clinic.service.running.platform)
const firedOf = async (id: string) =>
  (await clinic.service.published(appointmentReminderDue)).flatMap(({ payload }) =>
    payload.appointmentId === id ? payload.leadHours : [],
  )

it('fires each reminder once, however many look, and only the last of those that were missed', async () => {
  const dueLate = await booked(inDays(2), 60)
  const soon = await booked(inDays(0.5), 60)
  const justBooked = await booked(inDays(1.5), 0)
  const farOff = await booked(inDays(30), 60)
  const cancelled = await booked(inDays(2.5), 60)
  const params = { appointmentId: cancelled }
  const body = { action: 'cancel' }
  await clinic.call('appointments.change-status', { token: clinic.desk, params, body })
  await Promise.all([fire(), fire(), fire()])
  await fire()
  expect(await fire()).toBe(0)
  expect(await firedOf(dueLate)).toEqual([72])
  expect(await firedOf(soon)).toEqual([24])
  for (const id of [justBooked, farOff, cancelled]) expect(await firedOf(id)).toEqual([])
})

it('loses none when it dies between, and fires what is left after a restart', async () => {
  const id = await booked(inDays(2.2), 60)
  const { pool, outbox } = clinic.service.running.platform
  const dying = { ...outbox, appendMany: () => Promise.reject(new Error('killed')) }
  await expect(fireReminders({ pool, outbox: dying })).rejects.toThrow('killed')
  expect(await firedOf(id)).toEqual([])
  // Another process, with nothing but the database.
  const { connectionString = '' } = pool.options
  const other = createPool({ connectionString, max: 1, applicationName: 'test', statementTimeoutMs: 20_000 })
  expect(await fireReminders({ pool: other, outbox })).toBe(1)
  await other.end()
  await fire()
  expect(await firedOf(id)).toEqual([72])
})

it('reminds of the time that a visit was moved to', async () => {
  const id = await booked(inDays(2.4), 60)
  await fire()
  expect(await firedOf(id)).toEqual([72])
  const params = { appointmentId: id }
  const moved = { token: clinic.desk, params, body: { start: inDays(2.6) } }
  expect((await clinic.call('appointments.reschedule-for-patient', moved)).status).toBe(200)
  // What was due before the move is not said again.
  expect(await fire()).toBe(0)
  await clinic.service.adminPool.query(
    `update appointments.booking set updated_at = now() - interval '60 days' where id = $1`,
    [id],
  )
  await fire()
  expect(await firedOf(id)).toEqual([72, 72])
})

it('fires only the last of those that were missed, however many visits there are', async () => {
  // 3 + 2 * 200 reminders: a cut at 300 would go through the midst of a visit.
  const [visits, odd] = [200, await booked(inDays(0.6), 60)]
  const { rows } = await clinic.service.adminPool.query(
    `insert into appointments.booking (id, patient_id, provider_id, facility_id, visit_type_id, status, starts, ends,
       taken_from, taken_to, version, changed_by, document, updated_at)
     select gen_random_uuid(), gen_random_uuid(), $1, $2, $3, 'booked', t, t + interval '1 minute', t, t + interval '1 minute',
       1, $1, '', now() - interval '60 days'
       from generate_series(1, $4::int) n, lateral (select now() + interval '50 hours' + n * interval '1 minute') as at (t)
     returning id`,
    [await clinic.provider([clinic.visitTypeId]), clinic.facilityId, clinic.visitTypeId, visits],
  )
  while ((await fire()) > 0);
  const ids = new Set(rows.map(({ id }) => id))
  const fired = (await clinic.service.published(appointmentReminderDue)).flatMap(({ payload }) =>
    ids.has(payload.appointmentId) ? [payload.leadHours] : [],
  )
  expect(await firedOf(odd)).toEqual([24])
  expect(fired).toEqual(Array(visits).fill(72))
})
