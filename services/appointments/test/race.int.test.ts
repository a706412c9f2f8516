import { randomUUID } from 'node:crypto'
import type { CallAnswer } from '@wellgate/shared/testing/call'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type Clinic, noon, startClinic } from './support.ts'

const CLIENTS = 200

let clinic: Clinic
beforeAll(async () => {
  clinic = await startClinic({ WELLGATE_STATEMENT_TIMEOUT_MS: '20000' })
})
afterAll(() => clinic?.service.stop())

/** Every pair of live bookings that overlap, by comparing times and not by the constraints; empty when all is well. */
async function overlaps(): Promise<unknown[]> {
  const { rows } = await clinic.service.adminPool.query(`
    with live as (
      select * from appointments.booking
       where status in ('booked', 'checked-in', 'arrived', 'in-progress', 'completed')
          or (status = 'held' and hold_expires_at > clock_timestamp()))
    select a.id, b.id as other from live a join live b on a.id < b.id
     where (a.provider_id = b.provider_id and a.taken_from < b.taken_to and b.taken_from < a.taken_to)
        or (a.room_id = b.room_id and a.taken_from < b.taken_to and b.taken_from < a.taken_to)
        or (a.patient_id = b.patient_id and a.starts < b.ends and b.starts < a.ends)`)
  return rows
}

const tally = (answers: readonly CallAnswer[]): Record<string, number> => {
  const counts: Record<string, number> = {}
  for (const { status, body } of answers) {
    const key = status < 300 ? String(status) : `${status} ${body.code}`
    counts[key] = (counts[key] ?? 0) + 1
  }
  return counts
}

const idempotent = () => ({ 'idempotency-key': randomUUID() })

it('gives each of four times to one of 200 who want them at once', { timeout: 60_000 }, async () => {
  const times = [0, 30, 60, 90].map((minutes) => noon(10, minutes))
  const answers = await Promise.all(
    Array.from({ length: CLIENTS }, async (_, index) => {
      const { token } = clinic.patient()
      return clinic.book(token, clinic.slot(times[index % times.length] ?? ''))
    }),
  )
  expect(tally(answers)).toEqual({ '201': times.length, '409 slot-taken': CLIENTS - times.length })
  expect(await overlaps()).toEqual([])
  const loser = await clinic.book(clinic.patient().token, clinic.slot(times[0] ?? ''))
  expect(loser.body.fields).toHaveLength(5)
  for (const { field, expected } of loser.body.fields) {
    expect(field).toBe('body.start')
    expect((await clinic.book(clinic.patient().token, clinic.slot(expected))).status).toBe(201)
  }
})

it('keeps providers and rooms apart, buffers included', { timeout: 60_000 }, async () => {
  const visitTypeId = await clinic.visitType({ needsRoom: true, bufferBeforeMinutes: 10, bufferAfterMinutes: 20 })
  const providers = await Promise.all(Array.from({ length: 6 }, () => clinic.provider([visitTypeId])))
  await clinic.room()
  await clinic.room()
  const times = [0, 30, 60, 90, 120].map((minutes) => noon(11, minutes))
  const answers = await Promise.all(
    Array.from({ length: CLIENTS }, async (_, index) => {
      const providerId = providers[index % providers.length]
      const start = times[Math.floor(index / providers.length) % times.length] ?? ''
      const { token } = clinic.patient()
      const wanted = clinic.slot(start, { visitTypeId, providerId })
      if (index % 2) return clinic.book(token, wanted)
      const hold = await clinic.call('appointments.hold-slot', { token, body: wanted })
      return hold.status === 201 ? clinic.book(token, { holdId: hold.body.id }) : hold
    }),
  )
  const counts = tally(answers)
  expect(Object.keys(counts).toSorted()).toEqual(['201', '409 slot-taken'])
  // Two rooms, each an hour a visit with its buffers: from 11:50 to 14:50 no more than three in each.
  expect(counts['201']).toBeGreaterThanOrEqual(4)
  expect(counts['201']).toBeLessThanOrEqual(6)
  expect(await overlaps()).toEqual([])
})

it('lets a freed time and a hold that is over go to one', { timeout: 60_000 }, async () => {
  const [old, next, later] = [noon(12), noon(12, 30), noon(12, 60)]
  const owner = clinic.patient()
  const booked = await clinic.book(owner.token, clinic.slot(old))
  const holder = clinic.patient()
  const hold = await clinic.call('appointments.hold-slot', { token: holder.token, body: clinic.slot(later) })
  const contenders = (start: string, count: number) =>
    Array.from({ length: count }, () => clinic.book(clinic.patient().token, clinic.slot(start)))
  await clinic.service.adminPool.query(
    `update appointments.booking set hold_expires_at = clock_timestamp() + interval '150 milliseconds' where id = $1`,
    [hold.body.id],
  )
  const move = clinic.call('appointments.reschedule', {
    token: owner.token,
    params: { appointmentId: booked.body.id },
    body: { start: next },
    headers: idempotent(),
  })
  const answers = await Promise.all([
    move,
    ...contenders(old, 60),
    ...contenders(next, 60),
    ...contenders(later, 60),
    clinic.book(holder.token, { holdId: hold.body.id }),
  ])
  expect(answers.filter(({ status }) => status >= 500)).toEqual([])
  expect(await overlaps()).toEqual([])
  const { rows } = await clinic.service.adminPool.query(
    `select starts, count(*)::int as n from appointments.booking
      where provider_id = $1 and status = 'booked' and starts >= $2 and starts <= $3 group by 1 order by 1`,
    [clinic.providerId, old, later],
  )
  for (const { n } of rows) expect(n).toBe(1)
  // Whoever lost, the owner has one appointment: the old time or the new one.
  const mine = await clinic.call('appointments.list-of-patient', { token: owner.token, params: { patientId: 'me' } })
  expect(mine.body.items).toHaveLength(1)
  expect([old, next]).toContain(mine.body.items[0].start)
  expect(mine.body.items[0].start).toBe((await move).status === 200 ? next : old)
})

it('lets one patient hold three times at most, however many ask at once', async () => {
  const { token } = clinic.patient()
  const answers = await Promise.all(
    Array.from({ length: 12 }, (_, index) =>
      clinic.call('appointments.hold-slot', { token, body: clinic.slot(noon(13, index * 30)) }),
    ),
  )
  expect(tally(answers)).toEqual({ '201': 3, '409 too-many-holds': 9 })
})

it('books a hold once, whoever asks how often', async () => {
  const { token } = clinic.patient()
  const hold = await clinic.call('appointments.hold-slot', { token, body: clinic.slot(noon(14)) })
  const answers = await Promise.all(Array.from({ length: 10 }, () => clinic.book(token, { holdId: hold.body.id })))
  expect(tally(answers)).toEqual({ '201': 1, '409 hold-used': 9 })
})
