import { afterAll, beforeAll, expect, it } from 'vitest'
import { type Clinic, type RouteId, startClinic } from './support.ts'

let clinic: Clinic
beforeAll(async () => {
  clinic = await startClinic()
})
afterAll(() => clinic?.service.stop())

/** Every item of a list, three at a time. */
const all = async (route: RouteId, token: string): Promise<{ id: string; name: string }[]> => {
  const items: { id: string; name: string }[] = []
  for (let cursor: string | null | undefined; cursor !== null;) {
    const { status, body } = await clinic.call(route, { token, query: { limit: 3, ...(cursor ? { cursor } : {}) } })
    expect(status).toBe(200)
    items.push(...body.items)
    cursor = body.next
  }
  return items
}

it('pages through what can be booked, with whom and where', async () => {
  const { token } = clinic.patient()
  for (let n = 0; n < 6; n++) {
    await clinic.provider([await clinic.visitType({ name: `Kind ${n}` })])
    await clinic.facility('UTC', { name: `Place ${n}` })
  }
  for (const [route, count] of [
    ['appointments.list-visit-types', 7],
    ['appointments.list-providers', 7],
    ['appointments.list-facilities', 7],
  ] as const) {
    const found = await all(route, token)
    expect(new Set(found.map(({ id }) => id)).size).toBe(count)
    expect(found).toHaveLength(count)
    expect(found.every(({ name }) => name !== '')).toBe(true)
  }
})

it('shows patients nothing that is not offered any more, or not to them; staff what is', async () => {
  const gone = await clinic.visitType({ name: 'Gone', active: false })
  const deskOnly = await clinic.visitType({ name: 'By the desk', selfBookable: false })
  const shown = async (token: string) => (await all('appointments.list-visit-types', token)).map(({ id }) => id)
  const toPatients = await shown(clinic.patient().token)
  const toStaff = await shown(clinic.desk)
  expect([gone, deskOnly].map((id) => toPatients.includes(id))).toEqual([false, false])
  expect([gone, deskOnly].map((id) => toStaff.includes(id))).toEqual([false, true])
})
