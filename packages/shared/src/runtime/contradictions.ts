import { ConfigError } from '../config/slice.ts'
import type { ServiceConfig } from './config.ts'
import { kafkaSettingsOf } from './kafka-settings.ts'

/**
 * What a configuration says against itself, one line each: every variable is valid, but not beside the others. A process
 * without a database has only some of the variables; rules about the others do not touch it.
 */
export function contradictionsOf(config: Partial<ServiceConfig>): readonly string[] {
  const lines: string[] = []
  const problem = (name: keyof ServiceConfig, what: string): void => {
    lines.push(`${name} ${what} (docs/environment.md#${name.toLowerCase()})`)
  }
  const { WELLGATE_HTTP_PORT: http, WELLGATE_OPS_PORT: ops } = config
  if (ops !== undefined && ops !== 0 && ops === http) problem('WELLGATE_OPS_PORT', 'is the same as WELLGATE_HTTP_PORT')
  if (config.WELLGATE_TRANSPORT === 'kafka') lines.push(...linesOf(() => kafkaSettingsOf(config as ServiceConfig)))
  // Else each of the services would wait for events that the others publish elsewhere.
  else if (config.WELLGATE_KAFKA_BROKERS)
    problem('WELLGATE_KAFKA_BROKERS', 'is set, but WELLGATE_TRANSPORT is not kafka')
  if (config.WELLGATE_ENV === 'production' && config.WELLGATE_KEYRING_IN_PRODUCTION === false) {
    problem('WELLGATE_KEYRING_FILE', 'is refused in production, unless WELLGATE_KEYRING_IN_PRODUCTION is true')
  }
  return lines
}

function linesOf(read: () => unknown): readonly string[] {
  try {
    read()
    return []
  } catch (error) {
    if (error instanceof ConfigError) return error.lines
    throw error
  }
}
