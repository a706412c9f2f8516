import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { setTimeout as after } from 'node:timers/promises'
import type { Json, Portal } from '../portal.ts'

const DAY = 86_400_000
const OFFERED_WITHIN_MS = 30_000

/** Those who want the one time of a provider: who has it, and two who wait for it, in this order. */
export interface Waiting {
  readonly admin: string
  readonly owner: string
  readonly first: string
  readonly second: string
}

/**
 * One time that is given back goes from one who waits to the next, who books it; and who gave up waits no more.
 * `afterCancel` is done between the cancellation and the offer. @throws AssertionError where it is not so
 */
export async function passDownTheLine(
  portal: Portal,
  { admin, owner, first, second }: Waiting,
  afterCancel: () => Promise<void> = async () => undefined,
): Promise<{ offeredAfterMs: number }> {
  const wanted = await oneTime(portal, admin)
  const booking = { token: owner, body: wanted, headers: { 'idempotency-key': randomUUID() } }
  const booked = await portal.expect(201, 'POST', '/v1/appointments', booking)
  const { visitTypeId, providerId, start } = wanted
  const body = { visitTypeId, providerId, from: start, to: new Date(Date.parse(start) + 1).toISOString() }
  const join = (token: string) => portal.expect(201, 'POST', '/v1/wait-list', { token, body })
  const [one, two] = [await join(first), await join(second)]

  await portal.expect(200, 'POST', `/v1/appointments/${booked.id}/cancel`, { token: owner, body: {} })
  const cancelled = performance.now()
  await afterCancel()
  const { offer } = await becomes(portal, first, one.id, 'offered')
  const offeredAfterMs = Math.round(performance.now() - cancelled)
  assert.equal(offer.start, start)
  assert.equal((await entryOf(portal, second, two.id)).status, 'waiting')

  await portal.expect(200, 'POST', `/v1/wait-list/${one.id}/decline`, { token: first, body: {} })
  await becomes(portal, second, two.id, 'offered')
  assert.equal((await entryOf(portal, first, one.id)).status, 'waiting')
  const accept = () => portal.expect(201, 'POST', `/v1/wait-list/${two.id}/accept`, { token: second, body: {} })
  const [visit, again] = await Promise.all([accept(), accept()])
  assert.equal(visit.start, start)
  assert.equal(again.id, visit.id)
  await portal.expect(409, 'POST', `/v1/wait-list/${one.id}/accept`, { token: first, body: {} })
  await portal.expect(204, 'DELETE', `/v1/wait-list/${one.id}`, { token: first })
  await portal.expect(200, 'POST', `/v1/appointments/${visit.id}/cancel`, { token: second, body: {} })
  return { offeredAfterMs }
}

/** The only time of a provider who is new: a same-day visit in some days. */
async function oneTime(portal: Portal, admin: string) {
  const named = async (path: string, name: string): Promise<string> =>
    (await portal.all(path, admin)).items.find((item) => item.name === name).id
  const visitTypeId = await named('/v1/visit-types', 'Same-day visit')
  const facilityId = await named('/v1/facilities', 'Alder Street Clinic')
  const providerId = randomUUID()
  const put = (path: string, body: object, status: number) =>
    portal.expect(status, 'PUT', `/v1/admin/providers/${providerId}${path}`, { token: admin, body })
  await put('', { name: 'Ines Okafor, NP', visitTypeIds: [visitTypeId] }, 200)
  const day = new Date(Date.now() + 7 * DAY).toISOString().slice(0, 10)
  const days = [1, 2, 3, 4, 5, 6, 7].map((weekday) => ({ weekday, validFrom: day, validTo: day }))
  const weekly = days.map((each) => ({ ...each, from: '10:00', to: '10:15' }))
  await put(`/availability/${facilityId}`, { weekly }, 204)
  const [from, to] = [5, 9].map((ahead) => new Date(Date.now() + ahead * DAY).toISOString())
  const query = new URLSearchParams({ visitTypeId, providerId, from: from ?? '', to: to ?? '' })
  const { items } = await portal.expect(200, 'GET', `/v1/slots?${query.toString()}`, { token: admin })
  assert.equal(items.length, 1)
  return { visitTypeId, facilityId, providerId, start: String(items[0].start) }
}

async function entryOf(portal: Portal, token: string, id: string): Promise<Json> {
  const { items } = await portal.expect(200, 'GET', '/v1/patients/me/wait-list', { token })
  return items.find((entry: Json) => entry.id === id)
}

/** The entry, once it stands there. While a process is started again, there is no answer to count. */
async function becomes(portal: Portal, token: string, id: string, status: string): Promise<Json> {
  const deadline = performance.now() + OFFERED_WITHIN_MS
  for (;;) {
    const { body } = await portal.send('GET', '/v1/patients/me/wait-list', { token })
    const entry = body?.items?.find((each: Json) => each.id === id)
    if (entry?.status === status) return entry
    if (performance.now() > deadline) throw new Error(`an entry of the wait-list is ${entry?.status}, not ${status}`)
    await after(50)
  }
}
