import { ConfigError, readConfig, type Slice } from '../config/slice.ts'
import { KeyringError } from '../crypto/failures.ts'
import { KmsError } from '../crypto/kms.ts'
import { createLogOutput } from '../observability/log-output.ts'
import { createLogger, type Logger } from '../observability/logger.ts'
import { contradictionsOf } from './contradictions.ts'
import { parseRoles, type ProcessRole } from './roles.ts'
import { runPhases, type Phase } from './shutdown.ts'

/** What a process runs: `defineService` makes one; the gateway is one by itself. */
export interface Runnable<C = never> {
  readonly name: string
  readonly slices: readonly Slice[]
  start(config: C, options: { roles: ReadonlySet<ProcessRole>; log: Logger }): Promise<Running>
}

export interface Running {
  readonly httpPort: number | null
  readonly opsPort: number
  /** In order: unready, wait, stop consumers and relay, drain HTTP, close pools. */
  readonly phases: readonly Phase[]
}

const EXIT_OK = 0
const EXIT_UNCLEAN = 1
const EXIT_CONFIG = 78 // EX_CONFIG of sysexits.h

/**
 * The process of a service: reads the environment, starts, and on SIGTERM or SIGINT shuts down in phases.
 * A second signal ends it at once. `--check-config` only says whether the configuration is valid.
 */
export async function runMain<C>(
  runnable: Runnable<C>,
  process: NodeJS.Process,
  argv: readonly string[] = process.argv.slice(2),
): Promise<void> {
  const refuse = (lines: readonly string[]): never => {
    process.stderr.write(lines.map((line) => `${runnable.name}: ${line}\n`).join(''))
    return process.exit(EXIT_CONFIG)
  }
  const problems: string[] = []
  const given = attempt(() => parseRoles(argv), problems)
  const read = attempt(() => readConfig(runnable.slices, process.env), problems)
  if (read) problems.push(...contradictionsOf(read))
  if (!given || !read || problems.length > 0) return refuse(problems)
  const roles = given
  const config = read as C & { WELLGATE_LOG_LEVEL?: string }
  if (argv.includes('--check-config')) {
    process.stdout.write(`${runnable.name}: the configuration is valid\n`)
    return process.exit(EXIT_OK)
  }

  const output = createLogOutput()
  process.on('exit', output.flush)
  const log = createLogger({
    service: runnable.name,
    destination: output,
    ...(config.WELLGATE_LOG_LEVEL ? { level: config.WELLGATE_LOG_LEVEL } : {}),
  })
  let stopping = false
  let running: Running | undefined
  const stop = (signal: string): void => {
    if (stopping) return process.exit(EXIT_UNCLEAN)
    stopping = true
    log.info({ signal }, 'stopping')
    void runPhases(running?.phases ?? [], log).then((clean) => process.exit(clean ? EXIT_OK : EXIT_UNCLEAN))
  }
  process.on('SIGTERM', stop)
  process.on('SIGINT', stop)
  // The supervisor of `npm start` holds the other end: when it dies, nothing is left behind.
  process.on('disconnect', () => stopping || stop('disconnect'))
  process.on('unhandledRejection', (error) => log.error({ err: error }, 'unhandled rejection'))
  // Node would print the error with its message, which may quote a patient's data.
  process.on('uncaughtException', (error) => {
    log.error({ err: error }, 'uncaught exception')
    process.exit(EXIT_UNCLEAN)
  })

  try {
    running = await runnable.start(config, { roles, log })
  } catch (error) {
    if (error instanceof ConfigError) return refuse(error.lines)
    // Of any other error only its name and code: a driver's message may quote a row.
    const why = error instanceof KeyringError || error instanceof KmsError ? { fields: error.message } : {}
    log.error({ err: error, ...why }, 'could not start')
    return process.exit(EXIT_UNCLEAN)
  }
  log.info({ port: running.httpPort ?? undefined, roles: [...roles] }, 'ready')
}

/** The result, or undefined after its problems were added to the list. */
function attempt<T>(read: () => T, problems: string[]): T | undefined {
  try {
    return read()
  } catch (error) {
    problems.push(
      ...(error instanceof ConfigError ? error.lines : [error instanceof Error ? error.message : String(error)]),
    )
    return undefined
  }
}
