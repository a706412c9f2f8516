import { startKafka, whyNoKafka, type TestKafka } from '@wellgate/shared/testing/kafka'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import process from 'node:process'
import { setTimeout as after } from 'node:timers/promises'
import { logIn } from '../journey/import-to-screen.ts'
import { startStack, until, type Stack } from '../stack.ts'
import { watchHealth } from './health.ts'
import { killPostgres, silencePostgres } from './postgres-away.ts'
import { versionsOfPatients } from './published.ts'
import { startWriters } from './writers.ts'

/**
 * `npm run test:outage`: database and broker go and come back, under writes. Each process stays alive and says that it is
 * unready within a second, and ready again within five of their return; what was acknowledged is there, and published in
 * order. Needs Java 17 and Maven for the broker.
 */
const UNREADY_MS = 1_000
const READY_MS = 5_000
const AWAY_MS = 6_000
const SERVICES = ['identity', 'patients', 'records', 'interop', 'appointments', 'billing']

const say = (line: string): void => void process.stdout.write(`${line}\n`)
const problems: string[] = []
const hold = (holds: boolean, what: string): void => {
  say(`   ${holds ? 'ok  ' : 'NOT '} ${what}`)
  if (!holds) problems.push(what)
}

async function outage(stack: Stack, kafka: TestKafka, what: string, go: () => Promise<() => Promise<void>>) {
  say(`\n${what}`)
  const login = stack.demo.staff.find(({ role }) => role === 'front-desk')
  if (!login) throw new Error('the demo has no front desk')
  const { accessToken: desk } = await logIn(stack.portal, login)
  const health = watchHealth(stack.dataDir, SERVICES)
  await until(30_000, 'all are ready', () => health.allReady())
  const pids = () => [...SERVICES, 'gateway'].map((service) => `${service} ${stack.pidOf(service)}`).join()
  const before = pids()
  const writers = await startWriters(stack.portal, desk)
  await after(1_000)

  const gone = performance.now()
  const bringBack = await go()
  await after(AWAY_MS)
  await bringBack()
  const back = performance.now()
  await until(30_000, 'all are ready again', () => health.allReady())
  await after(2_000)
  const written = await writers.stop()
  await health.stop()

  const [unready, ready] = [health.unreadyAfter(gone), health.readyAfter(back)]
  hold(unready.ms <= UNREADY_MS, `/readyz of all six says 503 after ${unready.ms} ms (the last: ${unready.service})`)
  hold(ready.ms <= READY_MS, `and 200 ${ready.ms} ms after it answers again (${ready.service})`)
  hold(
    health.dead().length === 0,
    `/livez says 200 all the while${health
      .dead()
      .map((name) => `; not ${name}`)
      .join()}`,
  )
  hold(pids() === before, 'no process ended')
  await nothingLost(stack, kafka, desk, written)
}

async function nothingLost(
  stack: Stack,
  kafka: TestKafka,
  desk: string,
  { registered, changed, refused }: Awaited<ReturnType<Awaited<ReturnType<typeof startWriters>>['stop']>>,
): Promise<void> {
  let lost = 0
  for (const id of registered) {
    const { status } = await stack.portal.send('GET', `/v1/patients/${id}`, { token: desk })
    if (status !== 200) lost += 1
  }
  const now = await stack.portal.expect(200, 'GET', `/v1/patients/${changed.id}`, { token: desk })
  const others = [...refused].map(([name, times]) => `, ${times} times ${name}`).join('')
  hold(
    lost === 0 && now.version >= changed.version,
    `${registered.length} registrations and ${changed.version - 1} changes acknowledged, ${lost} lost${others}`,
  )
  const versions = await versionsOfPatients(
    kafka.brokers,
    (all) => registered.every((id) => all.has(id)) && (all.get(changed.id)?.at(-1) ?? 0) >= changed.version,
  )
  // What was published just when the broker went comes twice; its reader drops the second.
  const known = (versions.get(changed.id) ?? []).filter((version, at, all) => all.indexOf(version) === at)
  const inOrder = known.every((version, at) => version === at + 1)
  hold(inOrder, `all of them published, the ${known.length} versions of one patient in order`)
}

if (process.argv.length > 2) {
  process.stderr.write(`test:outage: takes no options, not ${process.argv.slice(2).join(' ')}\n`)
  process.exit(64)
}
const why = await whyNoKafka({ ...process.env, WELLGATE_REQUIRE_ALL: '' })
if (why) {
  process.stderr.write(`test:outage: ${why}\n`)
  process.exit(1)
}
const kafka = await startKafka()
let stack: Stack | undefined
try {
  stack = await startStack({ args: ['--transport', 'kafka', '--brokers', kafka.brokers.join(',')] })
  const running = stack
  const adminUrl = adminUrlOf(running)
  await outage(running, kafka, 'Postgres is killed', async () => killPostgres(running, adminUrl))
  await outage(running, kafka, 'Postgres is silent', async () => silencePostgres(running, adminUrl))
  await outage(running, kafka, 'The broker is killed', async () => {
    await kafka.stop()
    return () => kafka.start()
  })
  say(problems.length === 0 ? '\nNothing was lost.' : `\n${problems.length} did not hold.`)
  process.exitCode = problems.length === 0 ? 0 : 1
} catch (error) {
  process.stderr.write(`test:outage: ${error instanceof Error ? error.message : String(error)}\n`)
  process.exitCode = 1
} finally {
  await stack?.stop()
  await kafka.close()
}

function adminUrlOf({ dataDir }: Stack): string {
  const { postgresPassword } = JSON.parse(readFileSync(join(dataDir, 'secrets.json'), 'utf8')) as {
    postgresPassword: string
  }
  const url = new URL(/DATABASE_URL="([^"]+)"/.exec(readFileSync(join(dataDir, 'env/patients.env'), 'utf8'))?.[1] ?? '')
  url.username = 'wellgate_admin'
  url.password = postgresPassword
  return url.href
}
