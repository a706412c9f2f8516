import { randomUUID } from 'node:crypto'
import { waitListChanged } from '@wellgate/shared/contracts/appointments/events'
import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { forgetPast } from '../src/wait-list/forget-past.ts'
import { type Clinic, noon, startClinic } from './support.ts'
import { waitRoom } from './wait-support.ts'

let clinic: Clinic
const { answer, becomes, endOffer, entryOf, join, onceADay } = waitRoom(() => clinic)
beforeAll(async () => {
  clinic = await startClinic()
})
afterAll(() => clinic?.service.stop())

/** Counts the turns of the wait-list that begin before an entry is offered anything. */
function countTurnsUntilOffered(entryId: string): { count: () => number; stop: () => void } {
  const { pool } = clinic.service.running.platform
  const query = pool.query.bind(pool) as (...args: unknown[]) => Promise<unknown>
  let turns = 0
  const begin = async (): Promise<void> => {
    const offered = 'select from appointments.wait_offer where entry_id = $1'
    if ((await clinic.service.adminPool.query(offered, [entryId])).rowCount === 0) turns++
  }
  const spy = vi.spyOn(pool, 'query').mockImplementation((...args: unknown[]): unknown => {
    const begins = (args[0] as { name?: unknown }).name === 'wait.turn-begins'
    return begins ? begin().then(() => query(...args)) : query(...args)
  })
  return { count: () => turns, stop: () => spy.mockRestore() }
}

it('offers a freed time to one after the other, until one takes it', async () => {
  const providerId = await onceADay()
  const [owner, first, second, third] = [clinic.patient(), clinic.patient(), clinic.patient(), clinic.patient()]
  const booked = await clinic.book(owner.token, clinic.slot(noon(20), { providerId }))
  const one = await join(first, providerId, 20)
  const two = await join(second, providerId, 20)
  const three = await join(third, providerId, 20)
  expect((await answer(first, one, 'accept')).body.code).toBe('nothing-offered')

  const params = { appointmentId: booked.body.id }
  await clinic.call('appointments.cancel', { token: owner.token, params, body: {} })
  const turns = countTurnsUntilOffered(one)
  await becomes(first, { status: 'offered', offer: { providerId, start: noon(20) } })
  // A turn begins every second, whatever the load: the freed time is offered within seconds.
  expect(turns.count()).toBeLessThanOrEqual(2)
  turns.stop()
  expect(await entryOf(second)).toMatchObject({ status: 'waiting', offer: null })
  const minutes = (Date.parse((await entryOf(first)).offer.expiresAt) - Date.now()) / 60_000
  expect(minutes).toBeGreaterThan(14)
  expect(minutes).toBeLessThan(15.1)
  // It is held: nobody else gets it, and it is the first's alone to take.
  expect((await clinic.book(third.token, clinic.slot(noon(20), { providerId }))).body.code).toBe('slot-taken')
  expect((await answer(second, one, 'accept')).status).toBe(404)

  expect(await answer(first, one, 'decline')).toMatchObject({ status: 200, body: { status: 'waiting', offer: null } })
  await becomes(second, { status: 'offered' })
  await endOffer(two)
  await becomes(third, { status: 'offered' })
  expect(await entryOf(second)).toMatchObject({ status: 'waiting', offer: null })
  expect(await answer(third, three, 'accept')).toMatchObject({
    status: 201,
    body: { start: noon(20), status: 'booked' },
  })
  expect(await entryOf(third)).toMatchObject({ status: 'booked', offer: null })
  // Who let it pass is not asked again.
  expect(await entryOf(first)).toMatchObject({ status: 'waiting', offer: null })

  const ids = [one, two, three]
  const events = (await clinic.service.published(waitListChanged)).filter(({ payload }) =>
    ids.includes(payload.entryId),
  )
  const stepsOf = (id: string) => events.flatMap(({ payload }) => (payload.entryId === id ? payload.step : []))
  expect(ids.map(stepsOf)).toEqual([
    ['joined', 'offered', 'declined'],
    ['joined', 'offered', 'expired'],
    ['joined', 'offered', 'accepted'],
  ])
})

it('never offers a time to two at once, nor two times to one', async () => {
  const providerId = await onceADay()
  const waiting = Array.from({ length: 8 }, () => clinic.patient())
  for (const patient of waiting) {
    const body = { visitTypeId: clinic.visitTypeId, providerId, from: noon(30, -60), to: noon(33) }
    await clinic.call('appointments.join-wait-list', { token: patient.token, body })
  }
  // Three days are free, so three are asked.
  await vi.waitFor(async () => {
    const { rows } = await clinic.service.adminPool.query(
      `select count(*)::int as offers, count(distinct starts)::int as times, count(distinct entry_id)::int as entries
         from appointments.wait_offer where provider_id = $1 and status = 'open'`,
      [providerId],
    )
    expect(rows).toEqual([{ offers: 3, times: 3, entries: 3 }])
  }, 10_000)
})

it('lets go of what is offered to who leaves', async () => {
  const providerId = await onceADay()
  const [first, second] = [clinic.patient(), clinic.patient()]
  const one = await join(first, providerId, 40)
  await becomes(first, { status: 'offered' })
  await join(second, providerId, 40)
  const leave = () => clinic.call('appointments.leave-wait-list', { token: first.token, params: { entryId: one } })
  expect((await leave()).status).toBe(204)
  expect((await leave()).status).toBe(404)
  await becomes(second, { status: 'offered' })
})

it('waits no longer for a time that is over, and forgets it after a month', async () => {
  const providerId = await clinic.provider([clinic.visitTypeId], [])
  const [late, old, present] = [clinic.patient(), clinic.patient(), clinic.patient()]
  const [one, two, three] = [
    await join(late, providerId, 3),
    await join(old, providerId, 3),
    await join(present, providerId, 3),
  ]
  const ago = (id: string, days: number) =>
    clinic.service.adminPool.query(
      `update appointments.wait_entry set earliest = earliest - $2::int * interval '1 day',
         latest = latest - $2::int * interval '1 day' where id = $1`,
      [id, days],
    )
  await ago(one, 4)
  await ago(two, 40)
  await clinic.service.adminPool.query(
    `insert into appointments.wait_offer (id, entry_id, booking_id, provider_id, facility_id, starts, status, expires_at)
     values ($1, $2, $1, $3, $4, now(), 'declined', now())`,
    [randomUUID(), two, providerId, clinic.facilityId],
  )
  await forgetPast(clinic.service.running.platform)
  expect(await entryOf(late)).toMatchObject({ status: 'left' })
  expect(await entryOf(old)).toBeUndefined()
  expect(await entryOf(present)).toMatchObject({ status: 'waiting' })
  await forgetPast(clinic.service.running.platform)
  const steps = (await clinic.service.published(waitListChanged)).flatMap(({ payload }) =>
    [one, two, three].includes(payload.entryId) ? [payload.step] : [],
  )
  expect(steps.toSorted()).toEqual(['ended', 'ended', 'joined', 'joined', 'joined'])
})

it('refuses to wait for what there is not', async () => {
  const { token } = clinic.patient()
  const ask = (over: object) => {
    const body = { visitTypeId: clinic.visitTypeId, from: noon(1), to: noon(2), ...over }
    return clinic.call('appointments.join-wait-list', { token, body })
  }
  const refused = async (over: object) => {
    const { code, fields } = (await ask(over)).body
    return [code, fields?.[0]?.field]
  }
  expect(await refused({ visitTypeId: randomUUID() })).toEqual(['unknown-visit-type', 'body.visitTypeId'])
  expect(await refused({ providerId: randomUUID() })).toEqual(['unknown-reference', 'body.providerId'])
  expect(await refused({ facilityId: randomUUID() })).toEqual(['unknown-reference', 'body.facilityId'])
  expect((await ask({ from: noon(2), to: noon(1) })).status).toBe(400)
  expect(await refused({ from: noon(-2), to: noon(-1) })).toEqual(['in-the-past', 'body.to'])
  const staffOnly = await clinic.visitType({ selfBookable: false })
  expect((await ask({ visitTypeId: staffOnly })).body.code).toBe('not-self-bookable')
})
