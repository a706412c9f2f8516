import { pidsOf, type Bench } from '../bench.ts'
import { spending, type CpuUsed } from '../cpu.ts'
import { anotherAddress, load } from '../load.ts'
import type { Result } from '../result.ts'
import { quantile, round, show, spreadOf } from '../stats.ts'

export interface Read {
  readonly id: string
  readonly what: string
  readonly path: string | (() => Promise<string>)
  /** Of section 9. */
  readonly goal: number
  token(): Promise<string>
}

/** V8 goes on compiling for some thousands of requests. */
const WARM_UPS = 5

interface Round {
  readonly yardstick: number
  /** Per request, in ms. */
  readonly ours: number
  readonly postgres: number
  readonly services: CpuUsed['services']
  readonly latencies: readonly number[]
}

/** CPU per request of a GET through the gateway over all services, in rounds that alternate with the yardstick's. */
export async function measureRead(bench: Bench, read: Read): Promise<Result> {
  const { rounds: count, requests, connections } = bench.options
  const stack = await bench.stack()
  const yardstick = await bench.yardstick()
  const url = stack.gateway + (typeof read.path === 'string' ? read.path : await read.path())
  const token = await read.token()
  const subject = () => load({ url, token, requests, connections, from: anotherAddress() })

  bench.say(`${read.id}: warming up`)
  for (let n = 0; n < WARM_UPS; n++) {
    await subject()
    await yardstick.measure(requests, connections)
  }
  const rounds: Round[] = []
  for (let n = 1; n <= count; n++) {
    bench.say(`${read.id}: round ${n} of ${count}`)
    const perRequest = await yardstick.measure(requests, connections)
    const used = await spending(pidsOf(stack), stack.pidOf('postgres'), subject)
    rounds.push({
      yardstick: perRequest,
      ours: used.ours / requests,
      postgres: used.postgres / requests,
      services: Object.fromEntries(Object.entries(used.services).map(([name, ms]) => [name, ms / requests])),
      latencies: used.result.latencies,
    })
  }
  return resultOf(read, rounds)
}

function resultOf({ id, what, goal }: Read, rounds: readonly Round[]): Result {
  const of = (pick: (one: Round) => number) => spreadOf(rounds.map(pick))
  const multiple = of((one) => one.ours / one.yardstick)
  const latencies = rounds.flatMap((one) => one.latencies)
  const names = Object.keys(rounds[0]?.services ?? {})
  const shares = names.map((name) => [name, of((one) => one.services[name] ?? 0).median] as const)
  const summary = {
    multiple,
    yardstickMs: of((one) => one.yardstick),
    oursMs: of((one) => one.ours),
    postgresMs: of((one) => one.postgres),
    servicesMs: Object.fromEntries(shares.map(([name, ms]) => [name, round(ms, 3)])),
    latencyMs: { p50: quantile(latencies, 0.5), p99: quantile(latencies, 0.99) },
  }
  return {
    id,
    what,
    value: `${summary.oursMs.median.toFixed(3)} ms CPU`,
    multiple: show(multiple),
    goal: `<= ${goal}x`,
    met: multiple.median <= goal,
    notes: [
      `per service ${shares.map(([name, ms]) => `${name} ${ms.toFixed(3)}`).join(', ')} ms; Postgres ${show(summary.postgresMs, 3)} ms; yardstick ${show(summary.yardstickMs, 3)} ms`,
      `latency p50 ${summary.latencyMs.p50.toFixed(1)} ms, p99 ${summary.latencyMs.p99.toFixed(1)} ms with the load beside it on the same cores`,
    ],
    data: summary,
  }
}

export const profile = (bench: Bench): Promise<Result> =>
  measureRead(bench, {
    id: 'profile',
    what: "read one's own profile",
    path: '/v1/patients/me',
    goal: 4.5,
    token: () => bench.demoToken(),
  })

export const observations = (bench: Bench): Promise<Result> =>
  measureRead(bench, {
    id: 'observations',
    what: '20 observations of 200',
    path: '/v1/patients/me/observations?limit=20',
    goal: 6,
    token: () => bench.richToken(),
  })

const DAY_MS = 86_400_000

/** Twenty free times from tomorrow on, of the demo's clinic. */
export const slots = (bench: Bench): Promise<Result> =>
  measureRead(bench, {
    id: 'slots',
    what: '20 free times',
    path: async () => {
      const { demo } = await bench.stack()
      const visitTypeId = demo.clinic?.visitTypes.find(({ name }) => name === 'Same-day visit')?.id
      if (!visitTypeId) throw new Error('the demo has no clinic')
      const [from, to] = [1, 8].map((days) => new Date(Date.now() + days * DAY_MS).toISOString())
      return `/v1/slots?${new URLSearchParams({ visitTypeId, from: from ?? '', to: to ?? '', limit: '20' }).toString()}`
    },
    goal: 5,
    token: () => bench.demoToken(),
  })

export const invoices = (bench: Bench): Promise<Result> =>
  measureRead(bench, {
    id: 'invoices',
    what: "read one's own invoices",
    path: '/v1/patients/me/invoices',
    goal: 5,
    token: () => bench.demoToken(),
  })
