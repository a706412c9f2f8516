import { readFileSync } from 'node:fs'
import process from 'node:process'
import { parseArgs } from 'node:util'
import { SERVICES } from '@wellgate/shared/contracts/services'
import { logInCast, type DemoLogins } from '../journey/cast.ts'
import { importBundle } from '../journey/import-to-screen.ts'
import { createPortal } from '../portal.ts'
import { until } from '../stack.ts'
import { syntheticBundle } from '../synthetic.ts'
import { startFleet } from './compose.ts'
import { startLoad, type Failure } from './load.ts'

const USAGE = `npm run test:rolling -- [options]   restarts each replica of each service in turn, under load
  Needs Docker, and the compose project running with its demo (npm run compose-demo).
  --port N      the port that the gateway has (default 8080); the second gateway takes the next
  --demo FILE   log-ins (default .wellgate/compose/demo.json)
  --kill        by SIGKILL instead of SIGTERM: shows what fails, and for how long`

const REQUESTS = 10_000
const say = (line: string): void => void process.stdout.write(`${line}\n`)

async function rolling(): Promise<boolean> {
  const { values } = parseArgs({
    options: {
      port: { type: 'string', default: '8080' },
      demo: { type: 'string', default: '.wellgate/compose/demo.json' },
      kill: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  })
  if (values.help) return (say(USAGE), true)
  const port = Number(values.port)
  const signal = values.kill ? 'SIGKILL' : 'SIGTERM'
  say('bringing two replicas of each service up')
  const fleet = await startFleet(SERVICES, port)
  const demo = JSON.parse(readFileSync(values.demo, 'utf8')) as DemoLogins
  const portal = createPortal(fleet.gateways[0] ?? '')
  const cast = await logInCast(portal, demo)
  const { id } = await importBundle(portal, cast.desk, syntheticBundle((what) => what).text, 'rolling')
  const load = startLoad(fleet.gateways, cast, String(id))
  try {
    await until(60_000, 'the load has begun', () => load.done() > 200)
    for (const replica of fleet.replicas) {
      const [done, failed] = [load.done(), load.failures.length]
      await fleet.restart(replica, signal)
      const failures = load.failures.slice(failed)
      say(`   ${signal} ${replica.service}: ${load.done() - done} answered, ${told(failures)}`)
    }
    await until(600_000, `${REQUESTS} requests`, () => load.done() + load.failures.length >= REQUESTS)
  } finally {
    await load.stop()
    say('one of each again')
    await fleet.shrink()
  }
  say(`${load.failures.length} of ${load.done() + load.failures.length} requests failed.`)
  return values.kill || load.failures.length === 0
}

/** How many, in how long, and which. */
function told(failures: readonly Failure[]): string {
  const [first, last] = [failures[0], failures.at(-1)]
  if (!first || !last) return 'none failed'
  const counts = [...Map.groupBy(failures, ({ what }) => what)].map(([what, all]) => `${all.length} × ${what}`)
  return `${failures.length} failed within ${last.at - first.at} ms: ${counts.join(', ')}`
}

try {
  process.exitCode = (await rolling()) ? 0 : 1
} catch (error) {
  process.stderr.write(`test:rolling: ${error instanceof Error ? error.message : String(error)}\n`)
  process.exitCode = 1
}
