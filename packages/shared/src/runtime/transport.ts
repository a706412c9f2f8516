import type { ServiceName } from '../contracts/services.ts'
import type { Bells } from '../messaging/bells.ts'
import type { Transport } from '../messaging/transport.ts'
import type { Logger } from '../observability/logger.ts'
import type { ServiceConfig } from './config.ts'
import { kafkaSettingsOf } from './kafka-settings.ts'

interface Around {
  readonly log: Logger
  readonly bells: Bells
}

/** The transport that the configuration names, and nothing loaded of the other. @throws ConfigError as {@link kafkaSettingsOf} */
export async function createTransport(
  service: ServiceName,
  config: ServiceConfig,
  { log, bells }: Around,
): Promise<Transport> {
  if (config.WELLGATE_TRANSPORT === 'kafka') {
    const settings = kafkaSettingsOf(config)
    const { createKafkaTransport } = await import('../messaging/kafka/kafka-transport.ts')
    return createKafkaTransport({ ...settings, clientId: service, log })
  }
  const { createPostgresTransport } = await import('../messaging/postgres/postgres-transport.ts')
  const connectionString = config.DIRECT_DATABASE_URL ?? config.DATABASE_URL
  return createPostgresTransport({ connectionString, applicationName: `${service}-events`, bells, log })
}
