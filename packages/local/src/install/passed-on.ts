import { ConfigError, readConfig } from '@wellgate/shared/config/slice'
import { messagingSlice, tracesSlice } from '@wellgate/shared/config/slices'
import type { KafkaSettings } from '@wellgate/shared/messaging/kafka/client'
import { kafkaSettingsOf } from '@wellgate/shared/runtime/kafka-settings'
import { UserError, type Options } from '../options.ts'

/** Variables of the shell that reach the services: where traces go, and how to reach a broker that is guarded. */
export interface PassedOn {
  /** For every process. */
  readonly everywhere: Readonly<Record<string, string>>
  /** For every process but the gateway. */
  readonly services: Readonly<Record<string, string>>
  /** The same, as our own Kafka client takes it; null without Kafka. */
  readonly kafka: Pick<KafkaSettings, 'brokers' | 'ssl' | 'sasl'> | null
}

/** What `--transport` and `--brokers` say is not taken from the shell. */
const OPTIONS = new Set(['WELLGATE_TRANSPORT', 'WELLGATE_KAFKA_BROKERS'])

/**
 * Picks them; any other WELLGATE_ variable of the shell stays there.
 * @throws UserError that names each variable that is wrong or contradicts another, never a value
 */
export function passedOn(
  env: Readonly<Record<string, string | undefined>>,
  { transport, brokers }: Pick<Options, 'transport' | 'brokers'>,
): PassedOn {
  const pick = (names: readonly string[]): Record<string, string> =>
    Object.fromEntries(names.flatMap((name) => (env[name]?.trim() ? [[name, env[name]]] : [])))
  const everywhere = pick(Object.keys(tracesSlice))
  const services = transport === 'kafka' ? pick(Object.keys(messagingSlice).filter((name) => !OPTIONS.has(name))) : {}
  try {
    readConfig([tracesSlice], everywhere)
    const config = readConfig([messagingSlice], { ...services, WELLGATE_KAFKA_BROKERS: brokers ?? '' })
    return { everywhere, services, kafka: transport === 'kafka' ? kafkaSettingsOf(config) : null }
  } catch (error) {
    if (error instanceof ConfigError) throw new UserError(error.lines.join('\n'))
    throw error
  }
}
