import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type Clinic, noon, openDaily, startClinic } from './support.ts'

let clinic: Clinic
/** Open 12:00 to 14:00, for visits of 30 minutes that may begin every 15, with a quarter of an hour after each. */
let providerId: string
let visitTypeId: string
beforeAll(async () => {
  clinic = await startClinic()
  visitTypeId = await clinic.visitType({ stepMinutes: 15, bufferAfterMinutes: 15 })
  providerId = await clinic.provider([visitTypeId], openDaily('12:00', '14:00'))
})
afterAll(() => clinic?.service.stop())

/** The minutes after noon of a day at which the provider is free for somebody. */
const free = async (token: string, day: number, over: object = {}): Promise<number[]> => {
  const query = { visitTypeId, providerId, from: noon(day), to: noon(day, 120), ...over }
  const { status, body } = await clinic.call('appointments.find-slots', { token, query })
  expect(status).toBe(200)
  return body.items.map(({ start }: { start: string }) => (Date.parse(start) - Date.parse(noon(day))) / 60_000)
}
const ALL = [0, 15, 30, 45, 60, 75, 90]
/** From 12:30 to 13:00 elsewhere: a visit before may last until then, and one after begin at once. */
const AROUND = [0, 60, 75, 90]

it('offers nobody a time at which they have a visit elsewhere, until it is cancelled', async () => {
  const { token } = clinic.patient()
  expect(await free(token, 10)).toEqual(ALL)
  const booked = await clinic.book(token, clinic.slot(noon(10, 30)))
  expect(await free(token, 10)).toEqual(AROUND)
  expect(await free(token, 10, { patientId: 'me' })).toEqual(AROUND)
  expect(await free(clinic.patient().token, 10)).toEqual(ALL)
  await clinic.call('appointments.cancel', { token, params: { appointmentId: booked.body.id }, body: {} })
  expect(await free(token, 10)).toEqual(ALL)
})

it('nor one at which they hold another, until it is over or given back', async () => {
  const { token } = clinic.patient()
  const hold = async (day: number): Promise<string> =>
    (await clinic.call('appointments.hold-slot', { token, body: clinic.slot(noon(day, 30)) })).body.id
  const given = await hold(11)
  expect(await free(token, 11)).toEqual(AROUND)
  await clinic.call('appointments.release-hold', { token, params: { holdId: given } })
  expect(await free(token, 11)).toEqual(ALL)
  const over = await hold(11)
  await clinic.service.adminPool.query(
    `update appointments.booking set hold_expires_at = clock_timestamp() - interval '1 second' where id = $1`,
    [over],
  )
  expect(await free(token, 11)).toEqual(ALL)
})

it('pages past them without a gap or a repeat', async () => {
  const { token } = clinic.patient()
  for (const minutes of [0, 30, 90]) await clinic.book(token, clinic.slot(noon(12, minutes)))
  const found: string[] = []
  for (let cursor: string | null | undefined; cursor !== null;) {
    const query = { visitTypeId, providerId, from: noon(12), to: noon(14), limit: 3, ...(cursor ? { cursor } : {}) }
    const { body } = await clinic.call('appointments.find-slots', { token, query })
    found.push(...body.items.map(({ start }: { start: string }) => start))
    cursor = body.next
  }
  expect(found).toEqual([noon(12, 60), ...ALL.map((minutes) => noon(13, minutes))])
})

it('looks for a patient whom the care team names, and for nobody else', async () => {
  const { patientId, token } = await clinic.registered()
  await clinic.book(token, clinic.slot(noon(15, 30)))
  expect(await free(clinic.desk, 15)).toEqual(ALL)
  expect(await free(clinic.desk, 15, { patientId })).toEqual(AROUND)
  expect(await free(clinic.clinician, 15, { patientId: patientId.toUpperCase() })).toEqual(AROUND)
  const biller = clinic.service.issueToken({ roles: ['biller'] })
  const ask = (as: string, whom: string) =>
    clinic.call('appointments.find-slots', {
      token: as,
      query: { visitTypeId, from: noon(15), to: noon(16), patientId: whom },
    })
  for (const [as, whom] of [
    [clinic.patient().token, patientId],
    [biller, patientId],
    [biller, 'me'],
    [clinic.desk, 'me'],
    [clinic.desk, randomUUID()],
  ] as const)
    expect(await ask(as, whom)).toMatchObject({ status: 404, body: { code: 'not-found' } })
  expect((await ask(clinic.desk, 'somebody')).status).toBe(400)
})

it('names who comes too late no time at which they are elsewhere', async () => {
  const { token } = clinic.patient()
  await clinic.book(clinic.patient().token, clinic.slot(noon(16), { visitTypeId, providerId }))
  await clinic.book(token, clinic.slot(noon(16, 60)))
  const late = await clinic.book(token, clinic.slot(noon(16), { visitTypeId, providerId }))
  expect(late).toMatchObject({ status: 409, body: { code: 'slot-taken' } })
  const nearest = late.body.fields.map(({ expected }: { expected: string }) => expected)
  // 12:45, 13:00 and 13:15 are free too, but not for who is elsewhere from 13:00 to 13:30.
  expect(nearest).toContain(noon(16, 90))
  for (const minutes of [45, 60, 75]) expect(nearest).not.toContain(noon(16, minutes))
})

it('offers who waits the first time at which they can come', async () => {
  const { token } = clinic.patient()
  await clinic.book(token, clinic.slot(noon(17)))
  const body = { visitTypeId, providerId, from: noon(17), to: noon(17, 120) }
  const { body: entry } = await clinic.call('appointments.join-wait-list', { token, body })
  const offered = async () => {
    const { body: list } = await clinic.call('appointments.list-waiting', { token, params: { patientId: 'me' } })
    return list.items.find(({ id }: { id: string }) => id === entry.id).offer?.start
  }
  await expect.poll(offered, { timeout: 10_000 }).toBe(noon(17, 30))
})
