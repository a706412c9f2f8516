import { readFileSync } from 'node:fs'
import { ConfigError } from '../config/slice.ts'
import type { KafkaSettings } from '../messaging/kafka/client.ts'
import type { ServiceConfig } from './config.ts'

type KafkaConfig = Pick<ServiceConfig, Extract<keyof ServiceConfig, `WELLGATE_KAFKA_${string}`>>

const PEM_FILES = {
  ca: 'WELLGATE_KAFKA_CA_FILE',
  cert: 'WELLGATE_KAFKA_CERT_FILE',
  key: 'WELLGATE_KAFKA_KEY_FILE',
} as const

/**
 * How to reach Kafka; reads the PEM files.
 * @throws ConfigError with a line for each variable that is missing, contradicts another, or names a file that cannot be read
 */
export function kafkaSettingsOf(config: KafkaConfig): Pick<KafkaSettings, 'brokers' | 'ssl' | 'sasl'> {
  const lines: string[] = []
  const problem = (name: keyof KafkaConfig, what: string): void => {
    lines.push(`${name} ${what} (docs/environment.md#${name.toLowerCase()})`)
  }
  const brokers = config.WELLGATE_KAFKA_BROKERS ?? []
  if (brokers.length === 0) problem('WELLGATE_KAFKA_BROKERS', 'is missing: WELLGATE_TRANSPORT is kafka and needs it')
  const ssl = tlsOf(config, problem)
  const sasl = saslOf(config, problem)
  if (lines.length > 0) throw new ConfigError(lines)
  return { brokers, ...(ssl ? { ssl } : {}), ...(sasl ? { sasl } : {}) }
}

type Problem = (name: keyof KafkaConfig, what: string) => void

function tlsOf(config: KafkaConfig, problem: Problem): KafkaSettings['ssl'] {
  const given = Object.entries(PEM_FILES).filter(([, name]) => config[name] !== undefined)
  if (!config.WELLGATE_KAFKA_TLS) {
    for (const [, name] of given) problem(name, 'is set, but WELLGATE_KAFKA_TLS is not true')
    return undefined
  }
  const { WELLGATE_KAFKA_CERT_FILE: cert, WELLGATE_KAFKA_KEY_FILE: key } = config
  if (cert === undefined && key !== undefined) {
    problem('WELLGATE_KAFKA_CERT_FILE', 'is missing: WELLGATE_KAFKA_KEY_FILE is the key of one')
  }
  if (cert !== undefined && key === undefined) {
    problem('WELLGATE_KAFKA_KEY_FILE', 'is missing: WELLGATE_KAFKA_CERT_FILE needs its key')
  }
  const texts = given.map(([part, name]) => {
    try {
      return [part, readFileSync(config[name] ?? '', 'utf8')]
    } catch (error) {
      problem(name, `names a file that cannot be read: ${(error as NodeJS.ErrnoException).code ?? 'unknown'}`)
      return [part, '']
    }
  })
  return given.length === 0 ? true : (Object.fromEntries(texts) as Exclude<KafkaSettings['ssl'], boolean>)
}

function saslOf(config: KafkaConfig, problem: Problem): KafkaSettings['sasl'] {
  const {
    WELLGATE_KAFKA_SASL_MECHANISM: mechanism,
    WELLGATE_KAFKA_SASL_USERNAME: username,
    WELLGATE_KAFKA_SASL_PASSWORD: password,
  } = config
  if (mechanism === undefined) {
    const why = 'is set, but WELLGATE_KAFKA_SASL_MECHANISM is not'
    if (username !== undefined) problem('WELLGATE_KAFKA_SASL_USERNAME', why)
    if (password !== undefined) problem('WELLGATE_KAFKA_SASL_PASSWORD', why)
    return undefined
  }
  const why = 'is missing: WELLGATE_KAFKA_SASL_MECHANISM is set and needs it'
  if (username === undefined) problem('WELLGATE_KAFKA_SASL_USERNAME', why)
  if (password === undefined) problem('WELLGATE_KAFKA_SASL_PASSWORD', why)
  if (mechanism === 'plain' && !config.WELLGATE_KAFKA_TLS) {
    problem(
      'WELLGATE_KAFKA_SASL_MECHANISM',
      'is plain, which shows the password to the network: set WELLGATE_KAFKA_TLS',
    )
  }
  return { mechanism, username: username ?? '', password: password ?? '' }
}
