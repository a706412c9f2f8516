import { randomUUID } from 'node:crypto'
import { visitCompleted } from '@wellgate/shared/contracts/appointments/events'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Clinic, DAY, noon, startClinic } from './support.ts'

let clinic: Clinic
beforeAll(async () => {
  clinic = await startClinic()
})
afterAll(() => clinic?.service.stop())

const startsOf = (body: { items: { start: string }[] }) => body.items.map(({ start }) => start)
const status = (appointmentId: string, action: string, over: object = {}, token = clinic.clinician) =>
  clinic.call('appointments.change-status', { token, params: { appointmentId }, body: { action, ...over } })
const booked = async (start: string, over: object = {}) => {
  const patient = clinic.patient()
  const answer = await clinic.book(patient.token, clinic.slot(start, over))
  expect(answer.status).toBe(201)
  return { ...patient, id: answer.body.id as string }
}

describe('from a free time to a visit', () => {
  it('finds, holds and books, and then it is gone', async () => {
    const { token } = clinic.patient()
    const query = { visitTypeId: clinic.visitTypeId, from: noon(1), to: noon(1, 90) }
    const { body } = await clinic.call('appointments.find-slots', { token, query })
    expect(startsOf(body)).toEqual([noon(1), noon(1, 30), noon(1, 60)])
    const hold = await clinic.call('appointments.hold-slot', { token, body: clinic.slot(noon(1)) })
    expect(hold.status).toBe(201)
    const seconds = (Date.parse(hold.body.expiresAt) - Date.now()) / 1000
    expect(seconds).toBeGreaterThan(590)
    expect(seconds).toBeLessThan(610)
    expect(startsOf((await clinic.call('appointments.find-slots', { token, query })).body)).toHaveLength(2)
    const answer = await clinic.book(token, { holdId: hold.body.id, reason: 'A cough' })
    expect(answer).toMatchObject({
      status: 201,
      body: { id: hold.body.id, status: 'booked', reason: 'A cough', timeZone: 'UTC', start: noon(1) },
    })
  })

  it('pages through free times without a gap or a repeat', async () => {
    const { token } = clinic.patient()
    const query = { visitTypeId: clinic.visitTypeId, from: noon(2), to: noon(5), limit: 37 }
    const all: string[] = []
    for (let cursor: string | null | undefined; cursor !== null;) {
      const page = { ...query, ...(cursor ? { cursor } : {}) }
      const { body } = await clinic.call('appointments.find-slots', { token, query: page })
      all.push(...startsOf(body))
      cursor = body.next
    }
    expect(all).toEqual(Array.from({ length: 144 }, (_, index) => noon(2, index * 30)))
  })

  it('checks in, arrives, begins and completes, and tells records and billing once', async () => {
    // Booked for the coming half hours: within a day of its start.
    const { id, token, patientId } = await booked(noon(1, 300))
    expect((await status(id, 'complete')).body.code).toBe('wrong-status')
    clinic.clock.aheadMs = DAY
    try {
      const checkedIn = await clinic.call('appointments.check-in', { token, params: { appointmentId: id } })
      expect(checkedIn).toMatchObject({ status: 200, body: { status: 'checked-in' } })
      for (const action of ['arrive', 'begin']) expect((await status(id, action)).status).toBe(200)
      const done = await Promise.all(Array.from({ length: 5 }, () => status(id, 'complete')))
      expect(done.map((each) => each.status).filter((code) => code !== 200 && code !== 409)).toEqual([])
      const again = await status(id, 'complete')
      const events = (await clinic.service.published(visitCompleted)).filter(({ key }) => key === patientId)
      expect(events).toHaveLength(1)
      expect(events[0]?.payload).toMatchObject({
        appointmentId: id,
        encounterId: again.body.encounterId,
        priceCode: 'VISIT-30',
        providerName: 'Dr Grace Hopper',
        facilityName: 'Main Clinic',
        start: noon(1, 300),
      })
    } finally {
      clinic.clock.aheadMs = 0
    }
  })

  it('moves in one step, even onto a part of itself', async () => {
    const visitTypeId = await clinic.visitType({ durationMinutes: 60, stepMinutes: 15 })
    const providerId = await clinic.provider([visitTypeId])
    const { id, token } = await booked(noon(3), { visitTypeId, providerId })
    const params = { appointmentId: id }
    const move = (start: string) => clinic.call('appointments.reschedule', { token, params, body: { start } })
    expect(await move(noon(3, 15))).toMatchObject({ status: 200, body: { id, start: noon(3, 15), version: 2 } })
    const other = await booked(noon(3, 75), { visitTypeId, providerId })
    const lost = await move(noon(3, 75))
    expect(lost).toMatchObject({ status: 409, body: { code: 'slot-taken' } })
    const mine = await clinic.call('appointments.list-of-patient', { token, params: { patientId: 'me' } })
    expect(mine.body.items).toMatchObject([{ id, start: noon(3, 15) }])
    expect(other.id).not.toBe(id)
    const { rows } = await clinic.service.adminPool.query(
      'select version, starts from appointments.booking_history where booking_id = $1',
      [id],
    )
    expect(rows).toEqual([{ version: 1, starts: new Date(noon(3)) }])
  })

  it('cancels, and the time is free again', async () => {
    const { id, token } = await booked(noon(4))
    const cancel = () => clinic.call('appointments.cancel', { token, params: { appointmentId: id }, body: {} })
    expect(await cancel()).toMatchObject({ status: 200, body: { status: 'cancelled', version: 2 } })
    expect(await cancel()).toMatchObject({ status: 200, body: { status: 'cancelled', version: 2 } })
    await booked(noon(4))
    expect((await status(id, 'arrive')).body.code).toBe('wrong-status')
  })
})

describe('asking twice', () => {
  it('gives the same appointment, also when the time is over for others', async () => {
    const { token } = clinic.patient()
    const key = randomUUID()
    const ask = (start = noon(5)) => clinic.book(token, clinic.slot(start), key)
    const first = await ask()
    expect(first.status).toBe(201)
    expect((await ask()).body).toEqual(first.body)
    clinic.clock.aheadMs = 6 * DAY
    expect((await ask()).body).toEqual(first.body)
    clinic.clock.aheadMs = 0
    expect((await ask(noon(5, 30))).body.code).toBe('idempotency-key-reused')
    const without = await clinic.call('appointments.book', { token, body: clinic.slot(noon(5, 30)) })
    expect(without.status).toBe(400)
  })
})

describe('a hold', () => {
  const hold = (token: string, start: string) =>
    clinic.call('appointments.hold-slot', { token, body: clinic.slot(start) })

  it('of another is as none, and a used or expired one is said to be so', async () => {
    const { token } = clinic.patient()
    const { body } = await hold(token, noon(6))
    expect((await clinic.book(clinic.patient().token, { holdId: body.id })).status).toBe(404)
    expect((await clinic.book(token, { holdId: randomUUID() })).status).toBe(404)
    expect((await clinic.book(token, { holdId: body.id })).status).toBe(201)
    expect(await clinic.book(token, { holdId: body.id })).toMatchObject({ status: 409, body: { code: 'hold-used' } })

    const late = (await hold(token, noon(6, 30))).body.id
    await clinic.service.adminPool.query(
      `update appointments.booking set hold_expires_at = clock_timestamp() - interval '1 second' where id = $1`,
      [late],
    )
    expect(await clinic.book(token, { holdId: late })).toMatchObject({ status: 410, body: { code: 'hold-expired' } })
    expect((await clinic.book(clinic.patient().token, clinic.slot(noon(6, 30)))).status).toBe(201)
    expect((await clinic.book(token, { holdId: late })).status).toBe(410)
  })

  it('is given back', async () => {
    const { token } = clinic.patient()
    const { body } = await hold(token, noon(6, 60))
    const release = (as: string) => clinic.call('appointments.release-hold', { token: as, params: { holdId: body.id } })
    expect((await release(clinic.patient().token)).status).toBe(404)
    expect((await release(token)).status).toBe(204)
    expect((await release(token)).status).toBe(404)
    expect((await hold(clinic.patient().token, noon(6, 60))).status).toBe(201)
  })

  it('is not shown among appointments', async () => {
    const { token } = clinic.patient()
    const { body } = await hold(token, noon(6, 90))
    const mine = await clinic.call('appointments.list-of-patient', { token, params: { patientId: 'me' } })
    expect(mine.body.items).toEqual([])
    const params = { appointmentId: body.id }
    expect((await clinic.call('appointments.cancel', { token, params, body: {} })).status).toBe(404)
  })
})

it('keeps a patient from being in two places', async () => {
  const other = await clinic.provider([clinic.visitTypeId])
  const { token } = await booked(noon(7))
  const answer = await clinic.book(token, clinic.slot(noon(7), { providerId: other }))
  expect(answer).toMatchObject({ status: 409, body: { code: 'patient-busy' } })
})

it('shows nobody another’s appointments', async () => {
  const { id, patientId } = await booked(noon(8))
  const { token } = clinic.patient()
  const params = { appointmentId: id }
  const answers = [
    await clinic.call('appointments.list-of-patient', { token, params: { patientId } }),
    await clinic.call('appointments.cancel', { token, params, body: {} }),
    await clinic.call('appointments.check-in', { token, params, body: {} }),
    await clinic.call('appointments.reschedule', { token, params, body: { start: noon(8, 30) } }),
    await clinic.book(token, { patientId, ...clinic.slot(noon(8, 30)) }),
  ]
  expect(answers.map((answer) => answer.status)).toEqual([404, 404, 404, 404, 404])
})

it('seals why a patient comes', async () => {
  const { token } = clinic.patient()
  await clinic.book(token, { ...clinic.slot(noon(9)), reason: 'CANARY-cough' })
  const { rows } = await clinic.service.adminPool.query(
    `select string_agg(b::text, '') || coalesce((select string_agg(o::text, '') from appointments.outbox o), '') as all
       from appointments.booking b`,
  )
  expect(rows[0].all).not.toContain('CANARY')
  expect(rows[0].all).not.toContain(Buffer.from('CANARY').toString('hex'))
})
