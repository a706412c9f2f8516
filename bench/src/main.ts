import { writeFileSync } from 'node:fs'
import { cpus, loadavg, totalmem } from 'node:os'
import { createBench, type Bench } from './bench.ts'
import { anotherAddress, load } from './load.ts'
import { parseOptions, USAGE, type Scenario } from './options.ts'
import { profileOf } from './cpu-profile.ts'
import { tableOf, type Result } from './result.ts'
import { audit } from './scenarios/audit.ts'
import { booking } from './scenarios/booking.ts'
import { events } from './scenarios/events.ts'
import { floor } from './scenarios/floor.ts'
import { gateway } from './scenarios/gateway.ts'
import { importing } from './scenarios/import.ts'
import { memory } from './scenarios/memory.ts'
import { invoices, observations, profile, slots } from './scenarios/read.ts'
import { start } from './scenarios/start.ts'
import { surge } from './scenarios/surge.ts'

const scenarios: Record<Scenario, (bench: Bench) => Promise<Result | Result[]>> = {
  start,
  memory,
  profile,
  observations,
  slots,
  booking,
  surge,
  invoices,
  gateway,
  floor,
  audit,
  import: importing,
  events,
}

const say = (line: string): void => void process.stderr.write(`${line}\n`)
const loads = (): string =>
  loadavg()
    .map((one) => one.toFixed(1))
    .join(' ')

async function run(): Promise<void> {
  const options = parseOptions(process.argv.slice(2))
  const bench = createBench(options, say)
  const stop = (): void => void bench.close().finally(() => process.exit(130))
  process.once('SIGINT', stop).once('SIGTERM', stop)
  const machine = `${cpus().length} x ${cpus()[0]?.model.trim()}, ${Math.round(totalmem() / 2 ** 30)} GiB, Node ${process.version}`
  const before = loads()
  const results: Result[] = []
  try {
    if (options.cpuProfile !== null) return await takeProfiles(bench, options.cpuProfile)
    for (const name of options.only) results.push(...[await scenarios[name](bench)].flat())
  } finally {
    await bench.close()
  }
  const date = new Date().toISOString()
  process.stdout.write(`${date}; ${machine}; load before ${before}, after ${loads()}\n\n${tableOf(results)}\n`)
  if (options.json !== null)
    writeFileSync(options.json, `${JSON.stringify({ date, machine, options, results }, null, 2)}\n`)
}

/** Where the CPU of the reads goes, service by service. */
async function takeProfiles(bench: Bench, dir: string): Promise<void> {
  const stack = await bench.stack()
  const { requests, connections } = bench.options
  const reads = {
    gateway: ['/v1/patients/me', await bench.demoToken()],
    patients: ['/v1/patients/me', await bench.demoToken()],
    records: ['/v1/patients/me/observations?limit=20', await bench.richToken()],
  } as const
  for (const [service, [path, token]] of Object.entries(reads)) {
    const work = () => load({ url: stack.gateway + path, token, requests, connections, from: anotherAddress() })
    await work()
    const top = await profileOf(service, stack.pidOf(service), dir, work)
    process.stdout.write(`\n${service}, GET ${path}: share of its busy time\n${top.join('\n')}\n`)
  }
}

if (process.argv.includes('--help')) {
  process.stdout.write(`${USAGE}\n`)
} else {
  await run().catch((error: unknown) => {
    process.stderr.write(`bench: ${error instanceof Error ? error.message : String(error)}\n`)
    process.exitCode = 1
  })
}
