import { isPostgresUrl } from '@wellgate/shared/config/postgres-url'
import { ConfigError } from '@wellgate/shared/config/slice'
import { SERVICES, type ServiceName } from '@wellgate/shared/contracts/services'

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

type Environment = Readonly<Record<string, string | undefined>>

const SEE = '(deploy/README.md#images)'
const PASSWORD = /^([A-Z_]+)_(OWNER|APP)_PASSWORD$/
const BROKERS = /^[^,\s:]+:\d+(,[^,\s:]+:\d+)*$/

/**
 * What to make, from the environment: ADMIN_DATABASE_URL; <SERVICE>_OWNER_PASSWORD and <SERVICE>_APP_PASSWORD of each
 * service that is to run; KAFKA_BROKERS and KAFKA_REPLICATION_FACTOR; KEYS_DIR.
 * @throws ConfigError with a line for each variable that is missing, malformed or of no service
 */
export function readProvisionConfig(env: Environment): ProvisionConfig {
  const problems: string[] = []
  const adminUrl = attempt(() => readUrl(env, 'ADMIN_DATABASE_URL', 'an administrator'), problems) ?? ''
  const owners = SERVICES.filter((service) => service !== 'gateway')
  const services = owners.flatMap((service) => {
    const names = ['OWNER', 'APP'].map((role) => `${prefixOf(service)}_${role}_PASSWORD`)
    const [ownerPassword = '', appPassword = ''] = names.map((name) => env[name] ?? '')
    if (ownerPassword === '' && appPassword === '') return []
    if (ownerPassword === '') problems.push(`${names[0]} is missing: ${names[1]} is set ${SEE}`)
    if (appPassword === '') problems.push(`${names[1]} is missing: ${names[0]} is set ${SEE}`)
    return [{ service, ownerPassword, appPassword }]
  })
  if (services.length === 0)
    problems.push(`<SERVICE>_OWNER_PASSWORD and <SERVICE>_APP_PASSWORD are missing: no service to make ${SEE}`)
  // Else a service of a misspelt name would be left out unnoticed.
  const prefixes = owners.map(prefixOf)
  for (const name of Object.keys(env)) {
    const prefix = PASSWORD.exec(name)?.[1]
    if (prefix !== undefined && !prefixes.includes(prefix))
      problems.push(`${name} is of no service: there are ${prefixes.join(', ')} ${SEE}`)
  }
  const replicationFactor = Number(env['KAFKA_REPLICATION_FACTOR'] ?? 3)
  if (!(Number.isInteger(replicationFactor) && replicationFactor > 0))
    problems.push(`KAFKA_REPLICATION_FACTOR is not valid: expected a whole number, at least 1 ${SEE}`)
  const brokers = env['KAFKA_BROKERS']
  if (brokers && !BROKERS.test(brokers))
    problems.push(`KAFKA_BROKERS is not valid: expected host:port, comma-separated ${SEE}`)
  if (problems.length > 0) throw new ConfigError(problems)
  const keysDir = env['KEYS_DIR']
  return {
    adminUrl,
    services,
    ...(brokers ? { kafka: { brokers: brokers.split(','), replicationFactor } } : {}),
    ...(keysDir ? { keysDir } : {}),
  }
}

/** A variable that holds the URL of a role. @throws ConfigError, which never tells the value: it holds a password */
export function readUrl(env: Environment, name: string, role: string): string {
  const url = env[name] ?? ''
  const expected = `expected a postgres:// URL of ${role} ${SEE}`
  if (url.trim() === '') throw new ConfigError([`${name} is missing: ${expected}`])
  if (!isPostgresUrl(url)) throw new ConfigError([`${name} is not valid: ${expected}`])
  return url
}

const prefixOf = (service: ServiceName): string => service.toUpperCase().replaceAll('-', '_')

function attempt<T>(read: () => T, problems: string[]): T | undefined {
  try {
    return read()
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    problems.push(...error.lines)
    return undefined
  }
}
