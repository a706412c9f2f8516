import type { ServiceName } from '../contracts/services.ts'
import type { Bells } from '../messaging/bells.ts'
import { createKafkaTransport } from '../messaging/kafka/kafka-transport.ts'
import { createPostgresTransport } from '../messaging/postgres/postgres-transport.ts'
import type { Transport } from '../messaging/transport.ts'
import type { Logger } from '../observability/logger.ts'
import type { ServiceConfig } from './config.ts'
import { kafkaSettingsOf } from './kafka-settings.ts'

interface Around {
  readonly log: Logger
  readonly bells: Bells
}

/** The transport that the configuration names. @throws ConfigError as {@link kafkaSettingsOf} */
export function createTransport(service: ServiceName, config: ServiceConfig, { log, bells }: Around): Transport {
  if (config.WELLGATE_TRANSPORT === 'kafka') {
    return createKafkaTransport({ ...kafkaSettingsOf(config), clientId: service, log })
  }
  const connectionString = config.DIRECT_DATABASE_URL ?? config.DATABASE_URL
  return createPostgresTransport({ connectionString, applicationName: `${service}-events`, bells, log })
}
