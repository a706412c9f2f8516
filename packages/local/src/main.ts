import { freePort } from '@wellgate/shared/testing/free-port'
import { createInterface } from 'node:readline/promises'
import { join, resolve } from 'node:path'
import process from 'node:process'
import { createConsole, readyRows } from './console.ts'
import { openDataDir, writePids, type DataDir } from './data-dir.ts'
import { prepareDemo } from './demo/demo.ts'
import { describeProcesses, describeSandbox, keepEnvironments } from './install/environment.ts'
import { install } from './install/install.ts'
import { passedOn } from './install/passed-on.ts'
import { parseOptions, USAGE, UserError, type Options } from './options.ts'
import { claimPort } from './ports.ts'
import { supervisePostgres } from './postgres.ts'
import { supervise } from './supervise/supervisor.ts'

const READY_MS = 60_000
const USUAL = resolve('.wellgate')

/** What has been started, to be stopped in the reverse order, once, however the end comes. */
const started: (() => Promise<void> | void)[] = []
let ending: Promise<void> | undefined
const end = (): Promise<void> =>
  (ending ??= (async () => {
    for (const stop of started.toReversed()) await stop()
  })())

let interrupted = false
const { say, table } = createConsole((text) => process.stdout.write(text))

async function start(options: Options): Promise<void> {
  const passed = passedOn(process.env, options)
  if (options.reset) await confirmReset(options)
  await claimPort(options.port)
  const dir: DataDir = openDataDir(options.dataDir, { reset: options.reset })
  started.push(dir.release)

  let services: Readonly<Record<string, number>> = {}
  const keepPids = (): void => writePids(dir, { ...services, postgres: postgres.pid() })
  say('starting Postgres')
  const postgres = await supervisePostgres(dir, await freePort(), { say, onRestart: () => keepPids() })
  started.push(() => postgres.stop())

  say('preparing schemas, keys and topics')
  const installation = await install(postgres.adminUrl, dir, passed.kafka, say)

  const sandbox = await describeSandbox(dir, options)
  const processes = await describeProcesses(installation, dir, options, passed, sandbox)
  keepEnvironments(processes, installation.adminUrl, dir)
  say(`starting ${[...processes, sandbox].map(({ name }) => name).join(', ')}`)
  const supervisor = supervise([sandbox, ...processes], {
    logs: dir.logs,
    cache: join(dir.path, 'compile-cache'),
    say,
    onPids: (pids) => {
      services = pids
      keepPids()
    },
  })
  started.push(() => supervisor.stop())
  await supervisor.ready(READY_MS)
  if (interrupted) return

  const gateway = `http://127.0.0.1:${options.port}`
  const identityEnv = processes.find(({ name }) => name === 'identity')?.env ?? {}
  const demo = await prepareDemo({ gateway, dir, patients: options.demo, identityEnv, say })

  const { where, who } = readyRows(gateway, processes, demo)
  say(`ready: Wellgate answers on ${gateway}`)
  process.stdout.write('\n')
  table(where)
  process.stdout.write('\n')
  table(who)
  const tour = `npm run tour${options.dataDir === USUAL ? '' : ` -- --demo ${join(options.dataDir, 'demo.json')}`}`
  process.stdout.write(
    `\n  Next: open the docs above, or take the tour in another terminal: ${tour}\n  Logs are in ${dir.logs}. Ctrl-C stops everything.\n\n`,
  )
}

async function confirmReset({ yes, dataDir }: Options): Promise<void> {
  if (yes) return
  if (!process.stdin.isTTY) throw new UserError('--reset asks before it deletes; where nobody can answer, add --yes')
  const prompt = createInterface({ input: process.stdin, output: process.stdout })
  const answer = await prompt.question(`Delete the installation in ${dataDir}? [y/N] `)
  prompt.close()
  if (!/^y(es)?$/i.test(answer.trim())) throw new UserError('nothing was deleted')
}

/** One clear line and what to do; never a stack. */
function explain(error: unknown): string {
  if (error instanceof UserError) return error.message
  const { code, message } = error as { code?: string; message?: string }
  if (code === 'ENOSPC' || /no space left/i.test(message ?? ''))
    return 'the disk is full: free some space and start again'
  return `${message ?? String(error)} (start again, or start anew with --reset)`
}

async function quit(code: number): Promise<void> {
  await end().catch(() => undefined)
  process.exit(code)
}

// A terminal that was closed, or a pipe whose reader is gone: nobody reads on, and all goes on, or ends, in order.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined)
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => {
    if (interrupted) return
    interrupted = true
    say('stopping')
    void quit(0)
  })
}

const argv = process.argv.slice(2)
if (argv.includes('--help') || argv.includes('-h')) {
  process.stdout.write(`${USAGE}\n`)
} else {
  try {
    await start(parseOptions(argv, process.cwd()))
  } catch (error) {
    if (!interrupted) {
      process.stderr.write(`wellgate: ${explain(error)}\n`)
      await quit(1)
    }
  }
}
