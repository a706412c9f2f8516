import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Clinic, DAY, noon, openDaily, startClinic } from './support.ts'

let clinic: Clinic
let token: string
beforeAll(async () => {
  clinic = await startClinic()
  token = clinic.patient().token
})
afterAll(() => clinic?.service.stop())

const search = (over: object) => {
  const query = { visitTypeId: clinic.visitTypeId, from: noon(1), to: noon(2), ...over }
  return clinic.call('appointments.find-slots', { token, query })
}

describe('a search', () => {
  it.each([
    [{ from: noon(2), to: noon(1) }, 400, 'invalid-request', 'query.from'],
    [{ from: noon(1), to: noon(1) }, 400, 'invalid-request', 'query.from'],
    [{ to: noon(3650) }, 422, 'range-too-long', 'query.to'],
    [{ from: '2026-12-01T09:00:00' }, 400, 'invalid-request', 'query.from'],
    [{ from: '2026-02-30T09:00:00Z' }, 400, 'invalid-request', 'query.from'],
    [{ visitTypeId: randomUUID() }, 422, 'unknown-visit-type', 'query.visitTypeId'],
    [{ visitTypeId: 'x' }, 400, 'invalid-request', 'query.visitTypeId'],
    [{ limit: 0 }, 400, 'invalid-request', 'query.limit'],
    [{ limit: 101 }, 400, 'invalid-request', 'query.limit'],
    [{ cursor: 'nonsense' }, 400, 'invalid-request', 'query.cursor'],
  ])('for %o is %i %s of %s', async (over, status, code, field) => {
    expect(await search(over)).toMatchObject({ status, body: { code, fields: [{ field }] } })
  })

  it('finds nothing in the past, beyond the horizon, or with who is not there', async () => {
    for (const over of [
      { from: noon(-3), to: noon(-1) },
      { from: noon(400), to: noon(420) },
      { providerId: randomUUID() },
      { facilityId: randomUUID() },
    ])
      expect(await search(over)).toMatchObject({ status: 200, body: { items: [], next: null } })
  })
})

describe('a booking', () => {
  it.each([
    [() => ({ start: noon(-1) }), 422, 'in-the-past', 'body.start'],
    [() => ({ start: noon(1, 7) }), 422, 'not-a-slot', 'body.start'],
    [() => ({ start: noon(366) }), 422, 'beyond-horizon', 'body.start'],
    [() => ({ start: '9999-12-31T23:59:59Z' }), 422, 'beyond-horizon', 'body.start'],
    [() => ({ start: noon(1).replace('Z', '') }), 400, 'invalid-request', 'body.start'],
    [() => ({ start: noon(1).replace('.000Z', '.001Z') }), 422, 'not-a-slot', 'body.start'],
    [() => ({ visitTypeId: randomUUID() }), 422, 'unknown-visit-type', 'body.visitTypeId'],
    [() => ({ providerId: randomUUID() }), 422, 'not-offered', 'body.providerId'],
    [() => ({ facilityId: randomUUID() }), 422, 'not-offered', 'body.facilityId'],
    [() => ({ reason: 'x'.repeat(2001) }), 400, 'invalid-request', 'body.reason'],
    [() => ({ reason: '' }), 400, 'invalid-request', 'body.reason'],
    [() => ({ overrideReason: 'please' }), 400, 'invalid-request', 'body.overrideReason'],
  ])('%# is refused, and the field named', async (over, status, code, field) => {
    const answer = await clinic.book(token, { ...clinic.slot(noon(1)), ...over() })
    expect(answer).toMatchObject({ status, body: { code, fields: [{ field, expected: expect.any(String) }] } })
  })

  it('for another, or of a hold and a time at once, is refused', async () => {
    const asked = (over: object) => clinic.book(token, { ...clinic.slot(noon(1)), ...over })
    expect(await asked({ patientId: randomUUID() })).toMatchObject({ status: 404, body: { code: 'not-found' } })
    expect(await asked({ holdId: randomUUID() })).toMatchObject({ status: 400, body: { code: 'invalid-request' } })
  })

  it('of a kind that is not offered any more is as of one that never was', async () => {
    const visitTypeId = await clinic.visitType({ active: false })
    expect(await clinic.book(token, clinic.slot(noon(1), { visitTypeId }))).toMatchObject({
      status: 422,
      body: { code: 'unknown-visit-type', fields: [{ field: 'body.visitTypeId' }] },
    })
  })

  it('of a kind that the provider does not offer, or that patients may not book', async () => {
    const other = await clinic.visitType()
    expect((await clinic.book(token, clinic.slot(noon(1), { visitTypeId: other }))).body.code).toBe('not-offered')
    const staffOnly = await clinic.visitType({ selfBookable: false })
    const providerId = await clinic.provider([staffOnly])
    const wanted = clinic.slot(noon(1), { visitTypeId: staffOnly, providerId })
    expect(await clinic.book(token, wanted)).toMatchObject({ status: 403, body: { code: 'not-self-bookable' } })
    const shown = await clinic.call('appointments.list-visit-types', { token, query: { limit: 100 } })
    expect(JSON.stringify(shown.body)).not.toContain(staffOnly)
  })

  it('leaves nothing behind', async () => {
    const { rows } = await clinic.service.adminPool.query('select count(*)::int as n from appointments.booking')
    expect(rows[0].n).toBe(0)
  })
})

it('has no slot in the hour that clocks skip, and two in the hour they repeat', async () => {
  const facilityId = await clinic.facility('America/New_York')
  const visitTypeId = await clinic.visitType({ horizonDays: 730, durationMinutes: 60, stepMinutes: 60 })
  const providerId = await clinic.provider([visitTypeId], openDaily('01:00', '04:00'), facilityId)
  const [spring, autumn] = [transitions('America/New_York', 1), transitions('America/New_York', -1)]
  const at = (instant: number) => new Date(instant).toISOString()
  const slots = async (instant: number) => {
    const query = { visitTypeId, from: at(instant - DAY / 12), to: at(instant + DAY / 12) }
    const found = await clinic.call('appointments.find-slots', { token, query })
    return found.body.items.map(({ start }: { start: string }) => (Date.parse(start) - instant) / 3_600_000)
  }
  // Open 01:00 to 04:00: in spring 02:00 is missing, in autumn 01:00 comes twice.
  expect(await slots(spring)).toEqual([-1, 0])
  expect(await slots(autumn)).toEqual([-1, 0, 1])
  // 02:30 with the offset of winter is 03:30 in summer: no slot begins then.
  const skipped = { providerId, facilityId, visitTypeId, start: at(spring + 1_800_000).replace('Z', '+00:00') }
  expect((await clinic.book(token, skipped)).body.code).toBe('not-a-slot')
  for (const start of [autumn - 3_600_000, autumn])
    expect((await clinic.book(clinic.patient().token, { ...skipped, start: at(start) })).status).toBe(201)
})

/** The next instant at which clocks there go forward (1) or back (-1). */
function transitions(timeZone: string, direction: number): number {
  const format = new Intl.DateTimeFormat('en-US', { timeZone, timeZoneName: 'longOffset' })
  const offset = (t: number) => Number(/GMT-(\d\d)/.exec(format.format(t))?.[1])
  for (let t = Math.ceil(Date.now() / 3_600_000) * 3_600_000 + DAY; ; t += 3_600_000)
    if (Math.sign(offset(t - 1) - offset(t)) === direction) return t
}

describe('times that a calendar hardly has', () => {
  const join = (from: string, to: string, as = token) =>
    clinic.call('appointments.join-wait-list', { token: as, body: { visitTypeId: clinic.visitTypeId, from, to } })
  const off = (start: string, end: string) =>
    clinic.call('appointments.add-exception', {
      token: clinic.desk,
      body: { kind: 'off', providerId: clinic.providerId, start, end },
    })

  it('are refused where their offset leads out of it', async () => {
    const [from, to] = ['9999-12-01T00:00:00Z', '9999-12-31T23:59:59-05:00']
    expect(await join(from, to)).toMatchObject({ status: 400, body: { fields: [{ field: 'body.to' }] } })
    expect(await off(from, to)).toMatchObject({ status: 400, body: { fields: [{ field: 'body.end' }] } })
  })

  it('are taken with any offset, and parts of a millisecond', async () => {
    const patient = clinic.patient()
    const [from, to] = [noon(1).replace('Z', '9999+20:00'), '9999-12-31T23:59:59.999Z']
    const joined = await join(from, to, patient.token)
    expect(joined).toMatchObject({ status: 201, body: { from: new Date(from).toISOString(), to } })
    const mine = { token: patient.token, params: { patientId: 'me' } }
    expect(await clinic.call('appointments.list-waiting', mine)).toMatchObject({
      status: 200,
      body: { items: [{ id: joined.body.id }] },
    })
    expect((await off('2020-01-01T00:00:00.0009999+20:00', '2020-01-01T00:00:00.001+20:00')).status).toBe(201)
  })
})

describe('what staff send', () => {
  const put = (id: Parameters<Clinic['call']>[0], params: Record<string, string>, body: unknown) =>
    clinic.call(id, { token: clinic.admin, params, body })

  const unknown = (field: string) => ({ code: 'unknown-reference', fields: [{ field }] })

  it('is checked', async () => {
    const facility = { facilityId: randomUUID() }
    const visitTypeIds = [randomUUID()]
    const provider = await put('appointments.put-provider', { providerId: randomUUID() }, { name: 'A', visitTypeIds })
    expect(provider).toMatchObject({ status: 422, body: unknown('body.visitTypeIds') })
    const room = await put('appointments.put-room', { roomId: randomUUID() }, { name: 'A', ...facility })
    expect(room).toMatchObject({ status: 422, body: unknown('body.facilityId') })
    const hours = (weekly: unknown[]) =>
      put('appointments.put-availability', { providerId: clinic.providerId, ...facility }, { weekly })
    expect((await hours([{ weekday: 1, from: '09:00', to: '17:00' }])).body).toMatchObject(unknown('params.facilityId'))
    for (const wrong of [
      { weekday: 0, from: '09:00', to: '17:00' },
      { weekday: 1, from: '17:00', to: '09:00' },
      { weekday: 1, from: '9:00', to: '17:00' },
      { weekday: 1, from: '09:00', to: '24:30' },
      { weekday: 1, from: '09:00', to: '17:00', validFrom: '2026-05-02', validTo: '2026-05-01' },
    ])
      expect((await hours([wrong])).status).toBe(400)
    const noYear = await hours([{ weekday: 1, from: '09:00', to: '17:00', validFrom: '0000-01-01' }])
    expect([noYear.status, noYear.body.fields?.[0].field]).toEqual([400, 'body.weekly.0.validFrom'])
    const exception = (body: object) =>
      clinic.call('appointments.add-exception', { token: clinic.desk, body: { start: noon(1), end: noon(2), ...body } })
    for (const wrong of [{ kind: 'off' }, { kind: 'extra', providerId: clinic.providerId }, { kind: 'x' }])
      expect((await exception(wrong)).status).toBe(400)
    const year0 = await exception({ kind: 'off', start: '0000-01-01T00:00:00Z', end: noon(2) })
    expect([year0.status, year0.body.fields?.[0].field]).toEqual([400, 'body.start'])
    const reversed = { kind: 'off', providerId: clinic.providerId, start: noon(2), end: noon(1) }
    expect((await exception(reversed)).status).toBe(400)
    const body = unknown('body.providerId')
    expect(await exception({ kind: 'off', providerId: randomUUID() })).toMatchObject({ status: 422, body })
  })
})

it('takes no cursor of a year that the calendar has not', async () => {
  const cursor = Buffer.from(JSON.stringify(['0000-01-01T00:00:00Z', randomUUID()])).toString('base64url')
  const params = { patientId: 'me' }
  const { status, body } = await clinic.call('appointments.list-of-patient', { token, params, query: { cursor } })
  expect([status, body.fields?.[0].field]).toEqual([400, 'query.cursor'])
})
