import { pidsOf, type Bench } from '../bench.ts'
import { spending, type CpuUsed } from '../cpu.ts'
import type { Result } from '../result.ts'
import { quantile, round, show, spreadOf } from '../stats.ts'
import type { Measure } from '../yardstick.ts'

export interface Subject {
  readonly id: string
  readonly what: string
  /** Of section 9. */
  readonly goal: number
  /** Whether the goal is for the CPU of Postgres, too. */
  readonly withPostgres?: boolean
  /** What is not measured: comes before each round. */
  prepare?(): Promise<unknown>
  /** Sends `requests` requests; how long each took, in ms. */
  run(): Promise<readonly number[]>
}

/** V8 goes on compiling for some ten thousands of requests. */
export const WARM_UPS = 12

interface Round {
  readonly yardstick: Measure
  /** Per request, in ms. */
  readonly ours: number
  readonly postgres: number
  readonly services: CpuUsed['services']
  readonly latencies: readonly number[]
}

/** CPU per request of the subject over all services, in rounds that alternate with the yardstick's. */
export async function measureRounds(bench: Bench, subject: Subject): Promise<Result> {
  const { rounds: count, requests, connections } = bench.options
  const stack = await bench.stack()
  const yardstick = await bench.yardstick()

  bench.say(`${subject.id}: warming up`)
  for (let n = 0; n < WARM_UPS; n++) {
    await subject.prepare?.()
    await subject.run()
    await yardstick.measure(requests, connections)
  }
  const rounds: Round[] = []
  for (let n = 1; n <= count; n++) {
    bench.say(`${subject.id}: round ${n} of ${count}`)
    const perRequest = await yardstick.measure(requests, connections)
    await subject.prepare?.()
    const used = await spending(pidsOf(stack), stack.pidOf('postgres'), () => subject.run())
    rounds.push({
      yardstick: perRequest,
      ours: used.ours / requests,
      postgres: used.postgres / requests,
      services: Object.fromEntries(Object.entries(used.services).map(([name, ms]) => [name, ms / requests])),
      latencies: used.result,
    })
  }
  return resultOf(subject, rounds)
}

function resultOf({ id, what, goal, withPostgres = false }: Subject, rounds: readonly Round[]): Result {
  const of = (pick: (one: Round) => number) => spreadOf(rounds.map(pick))
  const spent = (one: Round): number => one.ours + (withPostgres ? one.postgres : 0)
  const multiple = of((one) => spent(one) / one.yardstick.own)
  const latencies = rounds.flatMap((one) => one.latencies)
  const names = Object.keys(rounds[0]?.services ?? {})
  const shares = names.map((name) => [name, of((one) => one.services[name] ?? 0).median] as const)
  const summary = {
    multiple,
    yardstickMs: of((one) => one.yardstick.own),
    yardstickPostgresMs: of((one) => one.yardstick.postgres),
    ofBoth: of((one) => (one.ours + one.postgres) / (one.yardstick.own + one.yardstick.postgres)),
    oursMs: of((one) => one.ours),
    postgresMs: of((one) => one.postgres),
    servicesMs: Object.fromEntries(shares.map(([name, ms]) => [name, round(ms, 3)])),
    latencyMs: { p50: quantile(latencies, 0.5), p99: quantile(latencies, 0.99) },
  }
  return {
    id,
    what,
    value: `${of(spent).median.toFixed(3)} ms CPU`,
    multiple: show(multiple),
    goal: `<= ${goal}x`,
    met: multiple.median <= goal,
    notes: [
      `per service ${shares.map(([name, ms]) => `${name} ${ms.toFixed(3)}`).join(', ')} ms; Postgres ${show(summary.postgresMs, 3)} ms${withPostgres ? ', counted in' : ''}; yardstick ${show(summary.yardstickMs, 3)} ms, its Postgres ${show(summary.yardstickPostgresMs, 3)} ms; with Postgres on both sides ${show(summary.ofBoth)}x`,
      `latency p50 ${summary.latencyMs.p50.toFixed(1)} ms, p99 ${summary.latencyMs.p99.toFixed(1)} ms with the load beside it on the same cores`,
    ],
    data: summary,
  }
}
