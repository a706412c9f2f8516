import { afterAll, beforeAll, expect, it } from 'vitest'
import { type Clinic, type RouteId, startClinic } from './support.ts'

let clinic: Clinic
beforeAll(async () => {
  clinic = await startClinic()
})
afterAll(() => clinic?.service.stop())

interface Item {
  readonly id: string
  readonly name: string
  /** Of providers. */
  readonly visitTypeIds?: readonly string[]
}

/** Every item of a list, three at a time. */
const all = async (route: RouteId, token: string): Promise<Item[]> => {
  const items: Item[] = []
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

it('shows patients of a provider only what they may book; staff all that is offered', async () => {
  const offered = [
    await clinic.visitType({ name: 'For all' }),
    await clinic.visitType({ name: 'Gone', active: false }),
    await clinic.visitType({ name: 'By the desk', selfBookable: false }),
  ]
  const providerId = await clinic.provider(offered)
  const shown = async (token: string) =>
    (await all('appointments.list-providers', token)).find(({ id }) => id === providerId)?.visitTypeIds
  expect(await shown(clinic.patient().token)).toEqual([offered[0]])
  expect((await shown(clinic.desk))?.toSorted()).toEqual(offered.toSorted())
})
