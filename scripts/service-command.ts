import { existsSync } from 'node:fs'
import { join } from 'node:path'
import process from 'node:process'
import { ConfigError, readConfig } from '../packages/shared/src/config/slice.ts'
import type { ServiceName } from '../packages/shared/src/contracts/services.ts'
import { createLogger } from '../packages/shared/src/observability/logger.ts'
import { createMetrics } from '../packages/shared/src/observability/metrics.ts'
import { openPlatform, type OpenPlatform } from '../packages/shared/src/runtime/platform.ts'
import type { ServiceConfig } from '../packages/shared/src/runtime/config.ts'
import type { AnyService, ServiceParts } from '../packages/shared/src/runtime/definition.ts'

export const SERVICES = ['identity', 'patients', 'records', 'interop', 'appointments'] as const

const load: Record<(typeof SERVICES)[number], () => Promise<AnyService>> = {
  identity: async () => (await import('../services/identity/src/service.ts')).identityService,
  patients: async () => (await import('../services/patients/src/service.ts')).patientsService,
  records: async () => (await import('../services/records/src/service.ts')).recordsService,
  interop: async () => (await import('../services/interop/src/service.ts')).interopService,
  appointments: async () => (await import('../services/appointments/src/service.ts')).appointmentsService,
}

/** A mistake of the operator: shown as one line. */
export class UsageError extends Error {}

/**
 * Opens a service as its own process would, for one command on it: with the environment it is given, or, where that
 * has no DATABASE_URL, with what `npm start` keeps in its data directory.
 */
export async function withService(
  name: string | undefined,
  usage: string,
  work: (platform: OpenPlatform, parts: ServiceParts) => Promise<void>,
): Promise<void> {
  try {
    if (!SERVICES.some((service) => service === name)) throw new UsageError(usage)
    const service = name as (typeof SERVICES)[number]
    const kept = join(process.env['WELLGATE_DATA_DIR'] ?? '.wellgate', 'env', `${service}.env`)
    delete process.env['WELLGATE_DATA_DIR']
    if (!process.env['DATABASE_URL'] && existsSync(kept)) process.loadEnvFile(kept)
    const definition = await load[service]()
    const config = readConfig(definition.slices, process.env) as ServiceConfig
    const log = createLogger({ service: name as ServiceName, level: 'silent' })
    const platform = await openPlatform(service, config, { log, metrics: createMetrics(service) })
    try {
      // Which service it is was decided above: its own slices have read the configuration that it takes.
      const parts = await definition.build(platform, config as never)
      await work(platform, parts)
      await parts.close?.()
    } finally {
      await platform.close()
    }
  } catch (error) {
    const lines = error instanceof ConfigError ? error.lines : [error instanceof Error ? error.message : String(error)]
    for (const line of lines) process.stderr.write(`${line}\n`)
    process.exitCode = error instanceof UsageError ? 64 : 1
  }
}
