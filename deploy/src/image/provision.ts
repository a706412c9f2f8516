import { copyFileSync, chmodSync, existsSync, renameSync } from 'node:fs'
import { join } from 'node:path'
import { allEvents } from '@wellgate/shared/contracts/all-events'
import { SERVICES, type ServiceName } from '@wellgate/shared/contracts/services'
import { provisionService } from '@wellgate/shared/db/roles'
import { ensureTopics } from '@wellgate/shared/messaging/kafka/ensure-topics'
import { topicsOf } from '@wellgate/shared/messaging/topics'
import { createLogger } from '@wellgate/shared/observability/logger'
import { prepareKeyrings } from '@wellgate/shared/runtime/keyrings'
import { Client } from 'pg'

export interface ProvisionConfig {
  readonly adminUrl: string
  readonly services: readonly {
    readonly service: ServiceName
    readonly ownerPassword: string
    readonly appPassword: string
  }[]
  /** Where no operator makes the topics. */
  readonly kafka?: { readonly brokers: readonly string[]; readonly replicationFactor: number }
  /** Where no secret store holds the keyrings: `all/` for every key, `<service>/keyring.json` for each service. */
  readonly keysDir?: string
}

/**
 * What to make, from the environment: ADMIN_DATABASE_URL; <SERVICE>_OWNER_PASSWORD and <SERVICE>_APP_PASSWORD of each
 * service that is to run; KAFKA_BROKERS and KAFKA_REPLICATION_FACTOR; KEYS_DIR.
 * @throws Error with a line for each variable that is missing
 */
export function readProvisionConfig(env: Readonly<Record<string, string | undefined>>): ProvisionConfig {
  const problems: string[] = []
  const adminUrl = env['ADMIN_DATABASE_URL'] ?? ''
  if (adminUrl === '') problems.push('ADMIN_DATABASE_URL is missing: expected a postgres:// URL of an administrator')
  const services = SERVICES.filter((service) => service !== 'gateway').flatMap((service) => {
    const prefix = service.toUpperCase()
    const ownerPassword = env[`${prefix}_OWNER_PASSWORD`] ?? ''
    const appPassword = env[`${prefix}_APP_PASSWORD`] ?? ''
    if (ownerPassword === '' && appPassword === '') return []
    if (ownerPassword === '') problems.push(`${prefix}_OWNER_PASSWORD is missing: ${prefix}_APP_PASSWORD is set`)
    if (appPassword === '') problems.push(`${prefix}_APP_PASSWORD is missing: ${prefix}_OWNER_PASSWORD is set`)
    return [{ service, ownerPassword, appPassword }]
  })
  if (services.length === 0) problems.push('no <SERVICE>_OWNER_PASSWORD and <SERVICE>_APP_PASSWORD: no service to make')
  const replicationFactor = Number(env['KAFKA_REPLICATION_FACTOR'] ?? 3)
  if (!(Number.isInteger(replicationFactor) && replicationFactor > 0))
    problems.push('KAFKA_REPLICATION_FACTOR is not valid: expected a whole number, at least 1')
  if (problems.length > 0) throw new Error(problems.join('; '))
  const brokers = env['KAFKA_BROKERS']
  const keysDir = env['KEYS_DIR']
  return {
    adminUrl,
    services,
    ...(brokers ? { kafka: { brokers: brokers.split(','), replicationFactor } } : {}),
    ...(keysDir ? { keysDir } : {}),
  }
}

/** Roles, schemas, topics and keyrings of an installation, before the migrations. A second time does no harm. */
export async function provision(config: ProvisionConfig, say: (line: string) => void): Promise<void> {
  const admin = new Client({ connectionString: config.adminUrl, application_name: 'wellgate-provision' })
  await admin.connect()
  try {
    for (const service of config.services) await provisionService(admin, service)
  } finally {
    await admin.end()
  }
  const names = config.services.map(({ service }) => service)
  say(`roles and schemas: ${names.join(', ')}`)
  if (config.kafka) {
    const log = createLogger({ service: 'provision', level: 'warn' })
    const made = await ensureTopics({ ...config.kafka, clientId: 'wellgate-provision', log }, topicsOf(allEvents))
    say(`topics made: ${made.length > 0 ? made.join(', ') : 'none, all are there'}`)
  }
  if (config.keysDir) {
    const rings = await prepareKeyrings(join(config.keysDir, 'all'), names, allEvents)
    for (const service of names) handOut(rings[service] ?? '', join(config.keysDir, service))
    say('keyrings: one for each service')
  }
}

/** A service sees its own folder only. Replaced in one step: it may run. */
function handOut(ring: string, folder: string): void {
  if (!existsSync(folder)) return
  const file = join(folder, 'keyring.json')
  copyFileSync(ring, `${file}.new`)
  chmodSync(`${file}.new`, 0o600)
  renameSync(`${file}.new`, file)
}
