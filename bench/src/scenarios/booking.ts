import { randomUUID } from 'node:crypto'
import type { Bench } from '../bench.ts'
import { anotherAddress } from '../load.ts'
import type { Result } from '../result.ts'
import { createSender, type Sender } from '../send.ts'
import { measureRounds } from './rounds.ts'
import { laySeats, tokensOf, wantedAt } from './seats.ts'

const GOAL = 8

/** A free time booked at once; then one held and booked, which is two requests. Nobody waits for another's provider. */
export async function booking(bench: Bench): Promise<Result[]> {
  const { requests, connections } = bench.options
  const { gateway } = await bench.stack()
  bench.say('booking: a clinic and patients')
  const seats = await laySeats(bench, connections)
  const tokens = await tokensOf(bench, seats)
  /** How many times of every seat are booked. */
  let booked = 0

  const round = async (book: (post: Post, wanted: Record<string, string>) => Promise<number>): Promise<number[]> => {
    const known = await tokens()
    const sender = createSender({ connections, from: anotherAddress() })
    const each = Math.ceil(requests / seats.length)
    const first = booked
    booked += each
    const latencies: number[] = []
    try {
      await Promise.all(
        seats.map(async (seat, index) => {
          const post = poster(sender, gateway, known[index] ?? '')
          for (let n = first; n < first + each; n++) latencies.push(await book(post, wantedAt(seat, n)))
        }),
      )
    } finally {
      sender.close()
    }
    return latencies
  }
  const atOnce = await measureRounds(bench, {
    id: 'booking',
    what: 'book a free time at once, with Postgres',
    goal: GOAL,
    withPostgres: true,
    // To log in costs as much as many bookings.
    prepare: tokens,
    run: () => round(async (post, wanted) => (await post('/v1/appointments', wanted)).ms),
  })
  const held = await measureRounds(bench, {
    id: 'booking-held',
    what: 'hold and book a time (2 requests), with Postgres',
    goal: 2 * GOAL,
    withPostgres: true,
    prepare: tokens,
    run: () =>
      round(async (post, wanted) => {
        const hold = await post('/v1/holds', wanted)
        return hold.ms + (await post('/v1/appointments', { holdId: hold.id })).ms
      }),
  })
  return [atOnce, held]
}

type Post = (path: string, body: unknown) => Promise<{ id: string; ms: number }>

/** Posts as a patient. @throws Error for any answer but 201 */
const poster =
  (sender: Sender, gateway: string, token: string): Post =>
  async (path, body) => {
    const headers = { 'idempotency-key': randomUUID() }
    const answer = await sender.send('POST', gateway + path, { token, body, headers })
    if (answer.status !== 201) throw new Error(`${path} answered ${answer.status} ${String(answer.body?.code)}`)
    return { id: String(answer.body.id), ms: answer.ms }
  }
