import type { ServiceName } from '../contracts/services.ts'
import { ConfigError } from '../config/slice.ts'
import { createKafkaTransport } from '../messaging/kafka/kafka-transport.ts'
import { createPostgresTransport } from '../messaging/postgres/postgres-transport.ts'
import type { Transport } from '../messaging/transport.ts'
import type { Logger } from '../observability/logger.ts'
import type { ServiceConfig } from './config.ts'

/** The transport that the configuration names. @throws ConfigError when Kafka is named without its brokers */
export function createTransport(service: ServiceName, config: ServiceConfig, log: Logger): Transport {
  if (config.WELLGATE_TRANSPORT === 'kafka') {
    const brokers = config.WELLGATE_KAFKA_BROKERS
    if (!brokers) {
      throw new ConfigError([
        'WELLGATE_KAFKA_BROKERS is missing: WELLGATE_TRANSPORT is kafka and needs it (docs/environment.md#wellgate_kafka_brokers)',
      ])
    }
    return createKafkaTransport({ brokers, clientId: service, log })
  }
  const connectionString = config.DIRECT_DATABASE_URL ?? config.DATABASE_URL
  return createPostgresTransport({ connectionString, applicationName: `${service}-events`, log })
}
