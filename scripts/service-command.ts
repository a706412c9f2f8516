import process from 'node:process'
import { ConfigError, readConfig } from '../packages/shared/src/config/slice.ts'
import { createLogger } from '../packages/shared/src/observability/logger.ts'
import { createMetrics } from '../packages/shared/src/observability/metrics.ts'
import { openPlatform, type OpenPlatform } from '../packages/shared/src/runtime/platform.ts'
import type { ServiceConfig } from '../packages/shared/src/runtime/config.ts'
import type { AnyService, ServiceParts } from '../packages/shared/src/runtime/definition.ts'
import { loadKeptEnvironment } from './kept-environment.ts'

export const SERVICES = ['identity', 'patients', 'records', 'interop', 'appointments', 'billing'] as const

const load: Record<(typeof SERVICES)[number], () => Promise<AnyService>> = {
  identity: async () => (await import('../services/identity/src/service.ts')).identityService,
  patients: async () => (await import('../services/patients/src/service.ts')).patientsService,
  records: async () => (await import('../services/records/src/service.ts')).recordsService,
  interop: async () => (await import('../services/interop/src/service.ts')).interopService,
  appointments: async () => (await import('../services/appointments/src/service.ts')).appointmentsService,
  billing: async () => (await import('../services/billing/src/service.ts')).billingService,
}

/** A mistake of the operator: shown as one line, then the usage. */
export class UsageError extends Error {}

/**
 * Runs a command of an operator: `-h` and `--help` say its usage; what goes wrong is said in lines, never as a stack,
 * with exit code 64 for a mistake at the keyboard and 1 for anything else.
 */
export async function runCommand(usage: string, argv: readonly string[], work: () => Promise<void>): Promise<void> {
  if (argv.includes('--help') || argv.includes('-h')) return void process.stdout.write(`${usage}\n`)
  try {
    await work()
  } catch (error) {
    const lines = error instanceof ConfigError ? error.lines : [messageOf(error)]
    for (const line of lines) process.stderr.write(`${line}\n`)
    const mistaken = error instanceof UsageError || isParseError(error)
    if (mistaken) process.stderr.write(`${usage}\n`)
    process.exitCode = mistaken ? 64 : 1
  }
}

/** What `parseArgs` says of an option that it does not know. */
const isParseError = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && String(error.code).startsWith('ERR_PARSE_ARGS_')

/** `parseArgs` goes on, after the option, about how to pass one on that begins with a dash. */
const messageOf = (error: unknown): string => {
  const message = error instanceof Error ? error.message : String(error)
  return isParseError(error) ? (message.split('. ')[0] ?? message) : message
}

/** @throws UsageError that names what is there instead of a service */
export function serviceOf(name: string | undefined): (typeof SERVICES)[number] {
  const service = SERVICES.find((known) => known === name)
  if (service === undefined)
    throw new UsageError(name === undefined ? 'say which service' : `there is no service "${name}"`)
  return service
}

/**
 * Opens a service as its own process would, for one command on it: with the environment it is given, or, where that
 * has no DATABASE_URL, with what `npm start` keeps in its data directory.
 */
export async function withService(
  service: (typeof SERVICES)[number],
  work: (platform: OpenPlatform, parts: ServiceParts) => Promise<void>,
): Promise<void> {
  const missing = loadKeptEnvironment(service)
  if (missing !== null) throw new Error(missing)
  const definition = await load[service]()
  const config = readConfig(definition.slices, process.env) as ServiceConfig
  const log = createLogger({ service, level: 'silent' })
  const platform = await openPlatform(service, config, { log, metrics: createMetrics(service) })
  try {
    // Which service it is was decided above: its own slices have read the configuration that it takes.
    const parts = await definition.build(platform, config as never)
    await work(platform, parts)
    await parts.close?.()
  } finally {
    await platform.close()
  }
}
