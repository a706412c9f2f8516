import { type Admin, type Kafka, Partitioners, type Producer } from 'kafkajs'
import type { LogRecord, Transport } from '../transport.ts'
import { leave, own, type KafkaSettings, type Own } from './client.ts'
import { type Member, startMember } from './member.ts'

/** Below a broker's default limit of 1 MiB for the records of one partition in one request. */
const CHUNK_BYTES = 900_000
/** Who asks next gets another client anyway, and a shutdown must not wait for a broker that is silent. */
const LEAVE_MS = 1_000
/**
 * Checks and gauges share one client, and all of them would hang on a connection that has gone silent: it is given up for
 * a new one after so long without an answer.
 */
const ASK_MS = 2_000
const ASK = { requestTimeout: ASK_MS, connectionTimeout: ASK_MS, authenticationTimeout: ASK_MS }

/**
 * The transport for clusters: Kafka through kafkajs, with the settings of architecture.md section 6. Topics must exist
 * (ensure-topics.ts). Connects when first used, reconnects by itself, never ends the process.
 */
export function createKafkaTransport(settings: KafkaSettings): Transport {
  const producer = reconnecting(() => own(settings, createProducer))
  const admin = reconnecting((giveUp) => own(settings, (kafka) => createAdmin(kafka, giveUp), ASK))
  const members = new Set<Member>()
  return {
    name: 'kafka',
    publish: (records) =>
      producer.use(async (connected) => {
        for (const chunk of chunksOf(records)) {
          await connected.sendBatch({ acks: -1, topicMessages: byTopic(chunk) })
        }
      }),
    subscribe: (subscription) => {
      const member = startMember(settings, subscription)
      members.add(member)
      return {
        close: async () => {
          await member.close()
          members.delete(member)
        },
      }
    },
    health: () => admin.use(async (connected) => void (await connected.describeCluster())),
    lag: (group, topics) => admin.use((connected) => lagOf(connected, group, topics)),
    close: async () => {
      await Promise.all([...members].map((member) => member.close()))
      await Promise.all([producer.close(), admin.close()])
    },
  }
}

const createProducer = (kafka: Kafka): Producer =>
  kafka.producer({
    createPartitioner: Partitioners.DefaultPartitioner,
    allowAutoTopicCreation: false,
    // More than one in flight could reorder when a request is repeated.
    maxInFlightRequests: 1,
    idempotent: false,
  })

function createAdmin(kafka: Kafka, onSilence: () => void): Admin {
  const admin = kafka.admin({ retry: { retries: 1 } })
  admin.on(admin.events.REQUEST_TIMEOUT, onSilence)
  return admin
}

async function lagOf(admin: Admin, group: string, topics: readonly string[]): Promise<Record<string, number>> {
  const committed = await admin.fetchOffsets({ groupId: group, topics: [...topics] })
  const entries = committed.map(async ({ topic, partitions }) => {
    const ends = await admin.fetchTopicOffsets(topic)
    const read = new Map(partitions.map(({ partition, offset }) => [partition, Number(offset)]))
    const unread = ends.map(
      ({ partition, high, low }) => Number(high) - Math.max(read.get(partition) ?? -1, Number(low)),
    )
    return [topic, unread.reduce((sum, count) => sum + count, 0)] as const
  })
  return Object.fromEntries(await Promise.all(entries))
}

/** What kafkajs sends: headers go as they are, the trace's among them. */
export const byTopic = (records: readonly LogRecord[]) =>
  [...Map.groupBy(records, (record) => record.topic)].map(([topic, group]) => ({
    topic,
    messages: group.map(({ key, value, headers }) => ({ key, value, headers: { ...headers } })),
  }))

/** Consecutive records, as many as one request may hold. */
function* chunksOf(records: readonly LogRecord[]): Generator<LogRecord[]> {
  let chunk: LogRecord[] = []
  let bytes = 0
  for (const record of records) {
    const size = Buffer.byteLength(record.value) + 1_024
    if (bytes + size > CHUNK_BYTES && chunk.length > 0) {
      yield chunk
      chunk = []
      bytes = 0
    }
    chunk.push(record)
    bytes += size
  }
  if (chunk.length > 0) yield chunk
}

interface Connectable {
  connect(): Promise<void>
  disconnect(): Promise<void>
}

/**
 * A client that is made on first use and made anew after a failure, or once it is given up itself. Closing it ends also one
 * that has no answer yet.
 */
function reconnecting<C extends Connectable>(make: (giveUp: () => void) => Own<C>) {
  interface Made extends Own<C> {
    readonly connected: Promise<void>
  }
  let current: Made | undefined
  const connect = (): Made => {
    const fresh = make(() => void drop(made))
    const made: Made = { ...fresh, connected: fresh.client.connect() }
    return made
  }
  const drop = async (failed: Made) => {
    if (current === failed) current = undefined
    await leave(failed, LEAVE_MS)
  }
  return {
    use: async <T>(work: (client: C) => Promise<T>): Promise<T> => {
      const mine = (current ??= connect())
      try {
        await mine.connected
        return await work(mine.client)
      } catch (error) {
        await drop(mine)
        throw error
      }
    },
    close: async () => {
      if (current) await drop(current)
    },
  }
}
