import { setTimeout as after } from 'node:timers/promises'
import { must, type Call } from './api.ts'
import { demoId } from './ids.ts'
import { FACILITY } from './staff.ts'

/** What can be booked in the demo: for the tour and tests, which find it by name. */
export interface DemoClinic {
  readonly facilities: readonly { id: string; name: string; timeZone: string }[]
  readonly visitTypes: readonly { id: string; name: string; priceCode: string }[]
  readonly providers: readonly { id: string; name: string; facility: string }[]
  readonly rooms: readonly { id: string; name: string; facility: string }[]
}

const FACILITIES = [FACILITY, { name: 'Harbor Family Practice', timeZone: 'America/Chicago' }]

const VISIT_TYPES = [
  { name: 'Same-day visit', priceCode: 'VISIT-15', durationMinutes: 15, stepMinutes: 15, horizonDays: 14 },
  {
    name: 'Check-up',
    priceCode: 'VISIT-30',
    durationMinutes: 30,
    stepMinutes: 30,
    needsRoom: true,
    minimumNoticeMinutes: 120,
    changeNoticeMinutes: 1440,
  },
  {
    name: 'First visit',
    priceCode: 'VISIT-60',
    durationMinutes: 60,
    stepMinutes: 60,
    bufferAfterMinutes: 15,
    needsRoom: true,
    minimumNoticeMinutes: 1440,
    changeNoticeMinutes: 2880,
  },
  {
    name: 'Minor procedure',
    priceCode: 'PROC-45',
    durationMinutes: 45,
    stepMinutes: 15,
    bufferBeforeMinutes: 10,
    bufferAfterMinutes: 20,
    needsRoom: true,
    selfBookable: false,
  },
] as const

const WEEKDAYS = [1, 2, 3, 4, 5]
const EVERY_DAY = [...WEEKDAYS, 6, 7]
const hours = (days: readonly number[], ...openings: readonly (readonly [string, string])[]) =>
  days.flatMap((weekday) => openings.map(([from, to]) => ({ weekday, from, to })))

const PROVIDERS = [
  {
    name: 'Dr. Ruth Abara',
    facility: FACILITY.name,
    offers: ['Check-up', 'First visit'],
    weekly: hours(WEEKDAYS, ['09:00', '12:00'], ['13:00', '17:00']),
  },
  {
    name: 'Dr. Samuel Lindqvist',
    facility: 'Harbor Family Practice',
    offers: ['Check-up', 'Minor procedure'],
    weekly: hours([1, 3, 5], ['08:00', '16:00']),
  },
  // Round the clock, so that there is something to book and to be seen for today, whenever today is.
  {
    name: 'Noor Haddad, NP',
    facility: FACILITY.name,
    offers: ['Same-day visit'],
    weekly: hours(EVERY_DAY, ['00:00', '24:00']),
  },
]

const ROOMS = [
  { name: 'Room 1', facility: FACILITY.name },
  { name: 'Room 2', facility: FACILITY.name },
  { name: 'Exam room', facility: 'Harbor Family Practice' },
]

/** Opens the demo's clinic: places, kinds of visit, who is seen when. Each step again does no harm. */
export async function prepareClinic(call: Call, admin: string): Promise<DemoClinic> {
  const put = (path: string, body: unknown, what: string) =>
    must(call('PUT', `/v1/admin/${path}`, { token: admin, body }), what, 200, 204)
  const facilities = await prepareFacilities(call, admin)
  const facilityId = (name: string): string => facilities.find((facility) => facility.name === name)?.id ?? ''
  await untilHeardOf(call, admin, facilities)

  const visitTypes: DemoClinic['visitTypes'][number][] = []
  for (const type of VISIT_TYPES) {
    const id = demoId(`visit-type/${type.name}`)
    await put(`visit-types/${id}`, type, 'adding a demo visit type')
    visitTypes.push({ id, name: type.name, priceCode: type.priceCode })
  }
  const providers: DemoClinic['providers'][number][] = []
  for (const { name, facility, offers, weekly } of PROVIDERS) {
    const id = demoId(`provider/${name}`)
    const visitTypeIds = offers.map((offered) => demoId(`visit-type/${offered}`))
    await put(`providers/${id}`, { name, visitTypeIds }, 'adding a demo provider')
    await put(`providers/${id}/availability/${facilityId(facility)}`, { weekly }, 'opening hours of a demo provider')
    providers.push({ id, name, facility })
  }
  const rooms: DemoClinic['rooms'][number][] = []
  for (const { name, facility } of ROOMS) {
    const id = demoId(`room/${facility}/${name}`)
    await put(`rooms/${id}`, { name, facilityId: facilityId(facility) }, 'adding a demo room')
    rooms.push({ id, name, facility })
  }
  return { facilities, visitTypes, providers, rooms }
}

/** Identity's facilities of these names; those that are missing are added. */
async function prepareFacilities(call: Call, token: string): Promise<DemoClinic['facilities'][number][]> {
  const { items } = await must(call('GET', '/v1/admin/facilities', { token }), 'reading facilities', 200)
  const known = new Map((items as { id: string; name: string }[]).map(({ id, name }) => [name, id]))
  const facilities: DemoClinic['facilities'][number][] = []
  for (const facility of FACILITIES) {
    const add = () => must(call('POST', '/v1/admin/facilities', { token, body: facility }), 'adding a facility', 201)
    facilities.push({ id: known.get(facility.name) ?? String((await add())['id']), ...facility })
  }
  return facilities
}

const HEARD_TIMEOUT_MS = 60_000

/** Resolves when appointments has heard of the facilities: what refers to one is refused before. */
async function untilHeardOf(call: Call, token: string, facilities: DemoClinic['facilities']): Promise<void> {
  const deadline = Date.now() + HEARD_TIMEOUT_MS
  while (Date.now() < deadline) {
    const { items } = await must(call('GET', '/v1/facilities?limit=100', { token }), 'reading where one is seen', 200)
    const heard = new Set((items as { id: string }[]).map(({ id }) => id))
    if (facilities.every(({ id }) => heard.has(id))) return
    await after(50)
  }
  throw new Error('appointments has not heard of the demo facilities: see identity.log; npm run republish -- identity')
}
