import { randomUUID } from 'node:crypto'
import { logIn, type Login } from '../../../e2e/src/journey/import-to-screen.ts'
import type { Bench } from '../bench.ts'

const DAY_MS = 86_400_000
const MINUTES = 15
const HORIZON_DAYS = 365
const TOKENS_LAST_MS = 5 * 60_000

/** A provider of their own for each patient, so that who books waits for nobody. */
export interface Seat {
  readonly providerId: string
  readonly facilityId: string
  readonly visitTypeId: string
  readonly patient: Login
  /** The first time that is booked, in milliseconds. */
  readonly first: number
}

/** Providers who are there round the clock for visits of a quarter of an hour, and as many patients. */
export async function laySeats(bench: Bench, count: number): Promise<Seat[]> {
  const { portal, demo } = await bench.stack()
  const facilityId = demo.clinic?.facilities[0]?.id
  if (facilityId === undefined) throw new Error('the demo has no clinic')
  const token = await bench.adminToken()
  const put = (path: string, body: unknown, status = 200) =>
    portal.expect(status, 'PUT', `/v1/admin/${path}`, { token, body })
  const visitTypeId = randomUUID()
  const type = { name: 'Bench visit', priceCode: 'VISIT-15', durationMinutes: MINUTES, stepMinutes: MINUTES }
  await put(`visit-types/${visitTypeId}`, { ...type, horizonDays: HORIZON_DAYS })
  const weekly = [1, 2, 3, 4, 5, 6, 7].map((weekday) => ({ weekday, from: '00:00', to: '24:00' }))
  const first = Math.ceil(Date.now() / DAY_MS + 2) * DAY_MS
  const seats: Seat[] = []
  for (let n = 0; n < count; n++) {
    const providerId = randomUUID()
    await put(`providers/${providerId}`, { name: 'Bench provider', visitTypeIds: [visitTypeId] })
    await put(`providers/${providerId}/availability/${facilityId}`, { weekly }, 204)
    const patient = await bench.patient(1)
    seats.push({ providerId, facilityId, visitTypeId, patient, first })
  }
  return seats
}

/** Gives the tokens of the seats' patients, who log in anew every few minutes: before a token ends, and within the limit of log-ins. */
export async function tokensOf(bench: Bench, seats: readonly Seat[]): Promise<() => Promise<readonly string[]>> {
  const { portal } = await bench.stack()
  let tokens: string[] = []
  let since = -Infinity
  return async () => {
    if (Date.now() - since < TOKENS_LAST_MS) return tokens
    tokens = []
    for (const { patient } of seats) tokens.push((await logIn(portal, patient)).accessToken)
    since = Date.now()
    return tokens
  }
}

/** What a request for the n-th time of a seat says. @throws Error beyond the horizon */
export function wantedAt({ providerId, facilityId, visitTypeId, first }: Seat, n: number): Record<string, string> {
  if (n * MINUTES * 60_000 > (HORIZON_DAYS - 4) * DAY_MS) throw new Error('the bench has booked every time of a seat')
  return { providerId, facilityId, visitTypeId, start: new Date(first + n * MINUTES * 60_000).toISOString() }
}
