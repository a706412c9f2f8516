import { createKafkaTransport } from '../../src/messaging/kafka/kafka-transport.ts'
import { ensureTopics } from '../../src/messaging/kafka/ensure-topics.ts'
import { topicsOf } from '../../src/messaging/topics.ts'
import { startKafka } from '../../src/testing/kafka.ts'
import type { Broker } from './bench.ts'
import { silent, testEvents } from './fixtures.ts'

/** A real Kafka of its own. An outage: the broker's process is killed, later started on the same data. */
export async function kafkaBroker(): Promise<Broker> {
  const kafka = await startKafka()
  const settings = { brokers: kafka.brokers, clientId: 'test', log: silent, sessionTimeoutMs: 2_000 }
  await ensureTopics({ ...settings, replicationFactor: 1 }, topicsOf(testEvents))
  return {
    transport: (service) => createKafkaTransport({ ...settings, clientId: service }),
    stop: () => kafka.stop(),
    start: () => kafka.start(),
    stored: () => kafka.segments(),
    child: { TRANSPORT: 'kafka', BROKERS: kafka.brokers.join(',') },
    close: () => kafka.close(),
  }
}
