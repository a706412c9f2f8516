import { execFileSync, spawn } from 'node:child_process'
import { cpus } from 'node:os'
import { fileURLToPath } from 'node:url'
import { SERVICES, type Bench } from '../bench.ts'
import { childrenOf } from '../cpu.ts'
import { environmentOf, withAdmin } from '../database.ts'
import type { Result } from '../result.ts'
import { createSender } from '../send.ts'
import { quantile, show, spreadOf } from '../stats.ts'
import { laySeats, type Seat, tokensOf } from './seats.ts'

/** Bookings a second. A clinic of 1,000 providers that books 16 visits a day for each takes less than one. */
const NORMAL = 5
const SURGE = 20 * NORMAL
const SECONDS = 20
const READ_EVERY_MS = 10
const ROUNDS = 5
const SEATS = 8
const GOAL_PERCENT = 20
const BOOKER = fileURLToPath(new URL('../servers/booker.ts', import.meta.url))

/**
 * Reads of 20 observations beside bookings, normal and 20 times that, in turns. Records, its database connections and its
 * reader have the first core, all else the last: both are asked directly, since they have one gateway.
 */
export async function surge(bench: Bench): Promise<Result> {
  const stack = await bench.stack()
  const cores = cpus().length
  if (cores < 2) throw new Error('surge: records and the rest need a core each')
  bench.say('surge: a clinic and patients')
  const seats = await laySeats(bench, SEATS)
  const tokensNow = await tokensOf(bench, seats)
  const urlOf = (service: string): string =>
    `http://127.0.0.1:${environmentOf(bench.dataDir, service)['WELLGATE_HTTP_PORT'] ?? ''}`
  let booked = 0
  const round = async (rate: number): Promise<Beside> => {
    const [token, tokens] = [await bench.richToken(), await tokensNow()]
    await separate(bench, stack.pidOf, cores)
    const bookings = book({ url: urlOf('appointments'), rate, seats, tokens, first: booked, core: cores - 1 })
    booked += Math.ceil((rate * SECONDS) / seats.length) + 1
    const latencies = await read(`${urlOf('records')}/v1/patients/me/observations?limit=20`, token)
    return { latencies, ...(await bookings) }
  }
  const rounds: { normal: Beside; surge: Beside }[] = []
  try {
    bench.say('surge: warming up')
    await round(SURGE)
    for (let n = 1; n <= ROUNDS; n++) {
      bench.say(`surge: round ${n} of ${ROUNDS}`)
      rounds.push({ normal: await round(NORMAL), surge: await round(SURGE) })
    }
  } finally {
    pin([process.pid, ...SERVICES.map(stack.pidOf)], `0-${cores - 1}`)
  }
  return resultOf(rounds)
}

interface Beside {
  /** Of the reads, in ms. */
  readonly latencies: readonly number[]
  readonly booked: number
  readonly refused: number
}

function resultOf(rounds: readonly { readonly normal: Beside; readonly surge: Beside }[]): Result {
  const p = (part: number, of: 'normal' | 'surge') => spreadOf(rounds.map((one) => quantile(one[of].latencies, part)))
  const p99 = (latencies: readonly number[]): number => quantile(latencies, 0.99)
  const inRounds = spreadOf(rounds.map((one) => p99(one.surge.latencies) / p99(one.normal.latencies)))
  // Of all rounds together: a hundredth of one round is twenty reads, and one pause of the disk is as many.
  const all = (of: 'normal' | 'surge') => rounds.flatMap((one) => one[of].latencies)
  const quotient = p99(all('surge')) / p99(all('normal'))
  const bookings = (of: 'normal' | 'surge'): string =>
    (rounds.reduce((sum, one) => sum + one[of].booked, 0) / rounds.length / SECONDS).toFixed(1)
  const refused = rounds.reduce((sum, one) => sum + one.surge.refused, 0)
  return {
    id: 'surge',
    what: `records' p99 in a booking surge / in normal times`,
    value: quotient.toFixed(2),
    goal: `<= ${1 + GOAL_PERCENT / 100}`,
    met: quotient <= 1 + GOAL_PERCENT / 100,
    notes: [
      `read every ${READ_EVERY_MS} ms for ${SECONDS} s a round: p50 ${show(p(0.5, 'normal'), 1)} ms, in the surge ${show(p(0.5, 'surge'), 1)} ms; p99 ${show(p(0.99, 'normal'), 1)} ms, in the surge ${show(p(0.99, 'surge'), 1)} ms`,
      `bookings a second: ${bookings('normal')} of ${NORMAL} wanted, in the surge ${bookings('surge')} of ${SURGE}; ${refused} refused`,
      `p99 of all reads: ${p99(all('normal')).toFixed(1)} ms, in the surge ${p99(all('surge')).toFixed(1)} ms; by rounds ${show(inRounds)}`,
      'records, its connections to Postgres and the reader on core 0, all else on the last (taskset); both asked without the gateway, on one Postgres with one disk',
    ],
    data: { quotient, inRounds, rounds: rounds.length },
  }
}

/** Reads at a steady pace, whatever the answers take. @throws Error for any answer but 200 */
async function read(url: string, token: string): Promise<number[]> {
  const sender = createSender({ connections: 32 })
  const sent: Promise<number>[] = []
  const one = async (): Promise<number> => {
    const { status, ms } = await sender.send('GET', url, { token })
    if (status !== 200) throw new Error(`records answered ${status}`)
    return ms
  }
  try {
    await new Promise<void>((done) => {
      const timer = setInterval(() => {
        sent.push(one())
        if (sent.length < (SECONDS * 1000) / READ_EVERY_MS) return
        clearInterval(timer)
        done()
      }, READ_EVERY_MS)
    })
    return await Promise.all(sent)
  } finally {
    sender.close()
  }
}

interface Booker {
  readonly url: string
  readonly rate: number
  readonly seats: readonly Seat[]
  readonly tokens: readonly string[]
  /** So many times of every seat are booked. */
  readonly first: number
  readonly core: number
}

/** Books at a steady rate, from a process on the core of those who are asked. */
async function book({ core, ...plan }: Booker): Promise<{ booked: number; refused: number }> {
  const child = spawn('taskset', ['-c', String(core), process.execPath, BOOKER], {
    env: { PATH: process.env['PATH'] },
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  child.stdin.end(JSON.stringify({ ...plan, seconds: SECONDS }))
  let text = ''
  for await (const chunk of child.stdout) text += String(chunk)
  return JSON.parse(text) as { booked: number; refused: number }
}

function pin(pids: readonly number[], cores: string): void {
  for (const pid of pids) execFileSync('taskset', ['-a', '-c', '-p', cores, String(pid)], { stdio: 'ignore' })
}

/** Gives records, what Postgres does for it, and us the first core, and everything else the last. */
async function separate(bench: Bench, pidOf: (service: string) => number, cores: number): Promise<void> {
  const last = String(cores - 1)
  const backends = await withAdmin(bench.dataDir, async (admin) => {
    const { rows } = await admin.query<{ pid: number }>(
      `select pid from pg_stat_activity where usename like 'records%' and pid <> pg_backend_pid()`,
    )
    return rows.map(({ pid }) => pid)
  })
  const postmaster = pidOf('postgres')
  pin([postmaster, ...childrenOf(postmaster).filter((pid) => !backends.includes(pid))], last)
  pin(
    SERVICES.filter((service) => service !== 'records').map((service) => pidOf(service)),
    last,
  )
  pin([process.pid, pidOf('records'), ...backends], '0')
}
