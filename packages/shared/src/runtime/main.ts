import { ConfigError, readConfig, type Slice } from '../config/slice.ts'
import { createLogger, type Logger } from '../observability/logger.ts'
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
  let config: C & { WELLGATE_LOG_LEVEL?: string }
  let roles: ReadonlySet<ProcessRole>
  try {
    roles = parseRoles(argv)
    config = readConfig(runnable.slices, process.env) as C & { WELLGATE_LOG_LEVEL?: string }
  } catch (error) {
    const lines = error instanceof ConfigError ? error.lines : [error instanceof Error ? error.message : String(error)]
    for (const line of lines) process.stderr.write(`${runnable.name}: ${line}\n`)
    return process.exit(EXIT_CONFIG)
  }
  if (argv.includes('--check-config')) {
    process.stdout.write(`${runnable.name}: the configuration is valid\n`)
    return process.exit(EXIT_OK)
  }

  const log = createLogger({
    service: runnable.name,
    ...(config.WELLGATE_LOG_LEVEL ? { level: config.WELLGATE_LOG_LEVEL } : {}),
  })
  silenceKafkaTimerWarning(process)
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
  process.on('disconnect', () => stop('disconnect'))
  process.on('unhandledRejection', (error) => log.error({ err: error }, 'unhandled rejection'))

  try {
    running = await runnable.start(config, { roles, log })
  } catch (error) {
    log.error({ err: error, fields: error instanceof Error ? error.message : undefined }, 'could not start')
    return process.exit(EXIT_UNCLEAN)
  }
  log.info({ port: running.httpPort ?? undefined, roles: [...roles] }, 'ready')
}

/** kafkajs computes negative timeouts; Node 24 warns of each. Only that one warning is silenced. */
function silenceKafkaTimerWarning(process: NodeJS.Process): void {
  const emit = process.emitWarning.bind(process)
  const quieter = (warning: string | Error, ...rest: unknown[]): void => {
    const first = rest[0]
    const name = typeof first === 'string' ? first : (first as { type?: string } | undefined)?.type
    if (name !== 'TimeoutNegativeWarning') (emit as (...parameters: unknown[]) => void)(warning, ...rest)
  }
  process.emitWarning = quieter
}
