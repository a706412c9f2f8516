import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { type Clinic, noon, openDaily, startClinic } from './support.ts'
import { waitRoom } from './wait-support.ts'

let clinic: Clinic
const { answer, becomes, entryOf, join, onceADay } = waitRoom(() => clinic)
beforeAll(async () => {
  clinic = await startClinic()
})
afterAll(() => clinic?.service.stop())

it('asks nobody about two times at once, whatever they wait for', async () => {
  const patient = clinic.patient()
  const [first, second] = [await join(patient, await onceADay(), 20), await join(patient, await onceADay(), 21)]
  // Someone later in line is served: by then both were looked at.
  const later = clinic.patient()
  await join(later, await onceADay(), 22)
  await becomes(later, { status: 'offered' })
  const open = async () => new Set([(await entryOf(patient, 0)).status, (await entryOf(patient, 1)).status])
  expect(await open()).toEqual(new Set(['offered', 'waiting']))
  const answered = (await entryOf(patient, 0)).status === 'offered' ? second : first
  expect((await answer(patient, answered, 'accept')).status).toBe(201)
  await expect.poll(open, { timeout: 20_000 }).toEqual(new Set(['booked', 'offered']))
})

it('offers a time that is far ahead to who waits for any', async () => {
  const day = noon(200).slice(0, 10)
  const weekly = openDaily('12:00', '12:30').map((hours) => ({ ...hours, validFrom: day, validTo: day }))
  const providerId = await clinic.provider([clinic.visitTypeId], weekly)
  const patient = clinic.patient()
  const body = { visitTypeId: clinic.visitTypeId, providerId, from: noon(0), to: noon(3650) }
  await clinic.call('appointments.join-wait-list', { token: patient.token, body })
  await becomes(patient, { status: 'offered', offer: { start: noon(200) } })
})

it('offers a time behind weeks in which all is taken', async () => {
  const visitTypeId = await clinic.visitType({ durationMinutes: 5, stepMinutes: 5 })
  const providerId = await clinic.provider([visitTypeId])
  await clinic.service.adminPool.query(
    `insert into appointments.booking (id, patient_id, provider_id, facility_id, visit_type_id, status, starts, ends,
       taken_from, taken_to, version, changed_by, document)
     values (gen_random_uuid(), $1, $1, $2, $3, 'booked', $4, $5, $4, $5, 1, $1, '')`,
    [providerId, clinic.facilityId, visitTypeId, noon(0), noon(80)],
  )
  const patient = clinic.patient()
  // 23,040 starts are taken: more than a search asks about.
  const body = { visitTypeId, providerId, from: noon(1), to: noon(90) }
  await clinic.call('appointments.join-wait-list', { token: patient.token, body })
  await becomes(patient, { status: 'offered', offer: { start: noon(80) } })
})

it('comes to those behind hundreds for whom nothing is free', { timeout: 60_000 }, async () => {
  await clinic.service.adminPool.query(
    `insert into appointments.wait_entry (id, patient_id, visit_type_id, earliest, latest, status, version)
     select gen_random_uuid(), gen_random_uuid(), $1, $2, $3, 'waiting', 1 from generate_series(1, 450)`,
    [clinic.visitTypeId, noon(400), noon(401)],
  )
  const patient = clinic.patient()
  await join(patient, await onceADay(), 23)
  await expect.poll(async () => (await entryOf(patient)).status, { timeout: 40_000 }).toBe('offered')
})

it('offers at once what only the time before a visit kept from being free', async () => {
  const visitTypeId = await clinic.visitType({ stepMinutes: 50, bufferBeforeMinutes: 30 })
  const providerId = await clinic.provider([visitTypeId], openDaily('11:10', '12:30'))
  const another = await onceADay()
  const [holder, patient] = [clinic.patient(), clinic.patient()]
  const booked = await clinic.book(holder.token, clinic.slot(noon(28, -50), { visitTypeId, providerId }))
  const body = { visitTypeId, providerId, from: noon(28), to: noon(28, 30) }
  const joined = await clinic.call('appointments.join-wait-list', { token: patient.token, body })
  // Who came long ago is looked at when something happens, or once a minute.
  await clinic.service.adminPool.query(
    `update appointments.wait_entry set created_at = created_at - interval '1 hour' where id = $1`,
    [joined.body.id],
  )
  // Someone later in line is served: by then everyone was looked at.
  const later = clinic.patient()
  await join(later, another, 28)
  await becomes(later, { status: 'offered' })
  const params = { appointmentId: booked.body.id }
  await clinic.call('appointments.cancel', { token: holder.token, params, body: {} })
  await becomes(patient, { status: 'offered', offer: { start: noon(28) } })
})

it('looks once at what is taken, however many wait for it', { timeout: 60_000 }, async () => {
  const providerId = await onceADay()
  await clinic.book(clinic.patient().token, clinic.slot(noon(27), { providerId }))
  const pool = vi.spyOn(clinic.service.running.platform.pool, 'query')
  const calls = () => pool.mock.calls.map(([query]) => query as unknown as { name?: string; values?: unknown[] })
  const turns = (): number => calls().filter(({ name }) => name === 'wait.turn-begins').length
  try {
    await clinic.service.adminPool.query(
      `insert into appointments.wait_entry (id, patient_id, visit_type_id, provider_id, earliest, latest, status, version)
       select gen_random_uuid(), gen_random_uuid(), $1, $2, $3, $4, 'waiting', 1 from generate_series(1, 40)`,
      [clinic.visitTypeId, providerId, noon(27, -60), noon(27, 60)],
    )
    // Who has just come is looked at in each turn.
    await expect.poll(turns, { timeout: 40_000 }).toBeGreaterThan(3)
    const searches = calls().filter(
      ({ name, values }) => name?.startsWith('slot.free') && JSON.stringify(values).includes(providerId),
    )
    expect(searches.length).toBeGreaterThan(0)
    expect(searches.length / turns()).toBeLessThan(4)
  } finally {
    pool.mockRestore()
  }
})

it('serves those behind one who cannot be served', async () => {
  const [unlucky, patient] = [clinic.patient(), clinic.patient()]
  const fails = `fails_${randomUUID().replaceAll('-', '')}`
  await clinic.service.adminPool.query(
    `create function appointments.${fails}() returns trigger language plpgsql as $$ begin raise 'no'; end $$;
     create trigger ${fails} before insert on appointments.booking for each row
       when (new.patient_id = '${unlucky.patientId}') execute function appointments.${fails}()`,
  )
  const providerId = await onceADay()
  await join(unlucky, providerId, 24)
  await join(patient, providerId, 24)
  await becomes(patient, { status: 'offered' })
  expect(await entryOf(unlucky)).toMatchObject({ status: 'waiting', offer: null })
})

it('asks for nobody while nothing happens, and at once when something does', async () => {
  const taken = await onceADay()
  const [holder, patient] = [clinic.patient(), clinic.patient()]
  const wanted = { visitTypeId: clinic.visitTypeId, providerId: taken, facilityId: clinic.facilityId, start: noon(25) }
  const { status, body } = await clinic.book(holder.token, wanted)
  expect(status).toBe(201)
  await join(patient, taken, 25)
  const pool = vi.spyOn(clinic.service.running.platform.pool, 'query')
  const asked = (name: string): number =>
    pool.mock.calls.filter(([query]) => (query as unknown as { name?: string }).name?.startsWith(name)).length
  try {
    // Who has just come is looked at for as long as what others do may be under way.
    await expect.poll(() => asked('wait.turn-begins'), { timeout: 40_000 }).toBeGreaterThan(12)
    pool.mockClear()
    await expect.poll(() => asked('wait.turn-begins'), { timeout: 20_000 }).toBeGreaterThan(3)
    expect(asked('slot')).toBe(0)
    await clinic.call('appointments.cancel', { token: holder.token, params: { appointmentId: body.id }, body: {} })
    await becomes(patient, { status: 'offered', offer: { start: noon(25) } })
  } finally {
    pool.mockRestore()
  }
})
