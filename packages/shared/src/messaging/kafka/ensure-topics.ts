import { RETENTION_DAYS, type TopicSpec } from '../topics.ts'
import { createKafkaClient, type KafkaSettings } from './client.ts'

const DAY_MS = 86_400_000
/** A record batch holds at least one event of 512 KiB in base64; brokers refuse more than 1 MiB by default. */
const MAX_MESSAGE_BYTES = 2 * 1024 * 1024

/**
 * Creates the topics that do not exist yet and resolves with their names; existing ones stay as they are. Services never
 * create topics: this is a deployment's job, with a principal that may.
 */
export async function ensureTopics(
  settings: KafkaSettings & { readonly replicationFactor: number },
  topics: readonly TopicSpec[],
): Promise<string[]> {
  const admin = createKafkaClient(settings).admin()
  await admin.connect()
  try {
    const present = new Set(await admin.listTopics())
    const missing = topics.filter((topic) => !present.has(topic.name))
    await admin.createTopics({
      waitForLeaders: true,
      topics: missing.map((topic) => ({
        topic: topic.name,
        numPartitions: topic.partitions,
        replicationFactor: settings.replicationFactor,
        configEntries: [
          { name: 'cleanup.policy', value: 'delete' },
          { name: 'retention.ms', value: String(RETENTION_DAYS * DAY_MS) },
          { name: 'max.message.bytes', value: String(MAX_MESSAGE_BYTES) },
          { name: 'min.insync.replicas', value: String(Math.min(2, settings.replicationFactor)) },
        ],
      })),
    })
    return missing.map((topic) => topic.name)
  } finally {
    await admin.disconnect()
  }
}
