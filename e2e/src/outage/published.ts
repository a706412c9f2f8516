import { createKafkaTransport } from '@wellgate/shared/messaging/kafka/kafka-transport'
import { createLogger } from '@wellgate/shared/observability/logger'
import { randomUUID } from 'node:crypto'
import { until } from '../stack.ts'

/** Versions of each patient in the order in which a reader that begins with the oldest record gets them. */
export type Versions = ReadonlyMap<string, readonly number[]>

/** Reads the topic of patients from its beginning, until `enough`. @throws Error when that does not come true in time */
export async function versionsOfPatients(
  brokers: readonly string[],
  enough: (versions: Versions) => boolean,
): Promise<Versions> {
  const log = createLogger({ service: 'outage', level: 'silent' })
  const transport = createKafkaTransport({ brokers, clientId: 'outage', log })
  const versions = new Map<string, number[]>()
  transport.subscribe({
    group: `outage-${randomUUID()}`,
    topics: ['patient'],
    concurrency: 1,
    async onMessage({ key, value }) {
      const { aggregateversion } = JSON.parse(value) as { aggregateversion: number }
      versions.set(key, [...(versions.get(key) ?? []), aggregateversion])
    },
  })
  try {
    await until(60_000, 'what was acknowledged is published', () => enough(versions))
    return versions
  } finally {
    await transport.close()
  }
}
