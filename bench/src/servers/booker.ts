import { randomUUID } from 'node:crypto'
import { text } from 'node:stream/consumers'
import { createSender } from '../send.ts'
import { type Seat, wantedAt } from '../scenarios/seats.ts'

interface Plan {
  readonly url: string
  readonly rate: number
  readonly seconds: number
  readonly seats: readonly Seat[]
  readonly tokens: readonly string[]
  readonly first: number
}

// Books at a steady rate, whatever the answers take; says at the end how many were booked. Started by scenarios/surge.ts.
const { url, rate, seconds, seats, tokens, first } = JSON.parse(await text(process.stdin)) as Plan
const sender = createSender({ connections: 64 })
const counts = { booked: 0, refused: 0 }
const sent: Promise<void>[] = []
const one = async (n: number): Promise<void> => {
  const seat = seats[n % seats.length]
  if (!seat) return
  const { status } = await sender.send('POST', `${url}/v1/appointments`, {
    token: tokens[n % seats.length] ?? '',
    body: wantedAt(seat, first + Math.floor(n / seats.length)),
    headers: { 'idempotency-key': randomUUID() },
  })
  if (status === 201) counts.booked++
  else counts.refused++
}
await new Promise<void>((done) => {
  const timer = setInterval(() => {
    sent.push(one(sent.length))
    if (sent.length < rate * seconds) return
    clearInterval(timer)
    done()
  }, 1000 / rate)
})
await Promise.all(sent)
sender.close()
process.stdout.write(JSON.stringify(counts))
