import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'
import { parseEnv } from 'node:util'
import { startStack, until, type Stack } from '../../../e2e/src/stack.ts'
import { startMistakes, startTour } from './load.ts'
import { EMPTY, questions, unanswered, type Question } from './panels.ts'
import { findProgram } from './processes.ts'
import { askAsRunbooksDo } from './runbook-queries.ts'
import { stoppedConsumer } from './stopped-consumer.ts'
import { namesOf, startWatchers, type Target, type Watchers } from './watchers.ts'

/**
 * `npm run test:watch`: the whole stack under load, watched by a real Prometheus and Alertmanager. Every query of every
 * dashboard and every recorded series has data; a consumer that stops is seen, told of and cleared by its runbook.
 */
const say = (line: string): void => void process.stdout.write(`${line}\n`)
const PATIENCE_MS = 300_000

const prometheus = findProgram('prometheus')
const alertmanager = findProgram('prometheus-alertmanager', 'alertmanager')
if (!prometheus || !alertmanager) {
  process.stderr.write(
    'test:watch needs prometheus and alertmanager: apt-get install prometheus prometheus-alertmanager\n',
  )
  process.exit(1)
}

/** The ops ports of all processes, as `npm start` has given them. */
const targetsOf = ({ dataDir }: Stack): Target[] =>
  readdirSync(join(dataDir, 'env')).map((file) => {
    const env = parseEnv(readFileSync(join(dataDir, 'env', file), 'utf8'))
    return { address: `127.0.0.1:${env['WELLGATE_OPS_PORT']}`, service: file.replace('.env', '') }
  })

async function seesEverything(watchers: Watchers): Promise<void> {
  const all = questions()
  const stale = Object.keys(EMPTY).filter((name) => !all.some((question) => question.name === name))
  if (stale.length > 0) throw new Error(`no panel is called ${stale.join(', ')}`)
  let open: readonly Question[] = all.filter(({ name }) => !(name in EMPTY))
  const asked = open.length
  const named = () => open.map(({ name, expr }) => `\n  ${name}: ${expr}`).join('')
  try {
    await until(PATIENCE_MS, 'every query has data', async () => {
      open = await unanswered(watchers, open)
      return open.length === 0
    })
  } catch (error) {
    throw new Error(`${open.length} of ${asked} queries have no data:${named()}`, { cause: error })
  }
  say(`${asked} queries of dashboards and recording rules have data; ${Object.keys(EMPTY).length} are empty here:`)
  for (const [name, why] of Object.entries(EMPTY)) say(`  ${name}: ${why}`)
}

const folder = mkdtempSync(join(tmpdir(), 'wellgate-watch-'))
const stops: (() => Promise<unknown>)[] = []
try {
  const stack = await startStack()
  stops.push(() => stack.stop())
  const watchers = await startWatchers(folder, { prometheus, alertmanager })
  stops.push(() => watchers.stop())
  const targets = targetsOf(stack)
  watchers.scrape(targets)
  say(`${targets.length} processes run and are scraped`)

  const load = [startTour(stack, folder), await startMistakes(stack)]
  try {
    await seesEverything(watchers)
  } finally {
    await Promise.all(load.map((each) => each.stop()))
  }
  say(`the database takes the ${await askAsRunbooksDo(stack)} questions of the runbooks`)
  say(`alerts under load: ${namesOf(watchers.notices)}`)
  await stoppedConsumer(stack, watchers, targets, { folder, say })
  say('What is watched is seen, and what stops is told of.')
  rmSync(folder, { recursive: true, force: true })
} catch (error) {
  process.stderr.write(
    `test:watch: ${error instanceof Error ? error.message : String(error)}\nLogs are in ${folder}.\n`,
  )
  process.exitCode = 1
} finally {
  for (const stop of stops.toReversed()) await stop()
}
