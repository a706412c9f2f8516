import type { Consumer, EachBatchPayload, Kafka, KafkaMessage } from 'kafkajs'
import { createBackoff, pause } from '../backoff.ts'
import type { LogRecord, SubscribeOptions } from '../transport.ts'
import { leave, own, type KafkaSettings } from './client.ts'

/** A group hears of a member that leaves at once, if its broker answers; else of its silence, by the session's timeout. */
const LEAVE_MS = 5_000

export interface Member {
  close(): Promise<void>
}

/**
 * One member of a consumer group. Offsets are committed after handling; a consumer that crashed is replaced by a new
 * one, with backoff, until `close`: kafkajs does not restart after every crash.
 */
export function startMember(settings: KafkaSettings, subscription: SubscribeOptions): Member {
  const { sessionTimeoutMs = 30_000 } = settings
  const log = settings.log.child({ transport: 'kafka', group: subscription.group })
  const stop = new AbortController()
  const stopped = new Promise<void>((resolve) => stop.signal.addEventListener('abort', () => resolve(), { once: true }))
  const backoff = createBackoff({ firstMs: 50, maxMs: 5_000 })
  const onFailure = async (error: unknown) => {
    log.warn({ err: error }, 'a message was not handled and comes again')
    await pause(backoff.next(), stop.signal)
  }

  const inHand = new Set<Promise<void>>()
  const watched: SubscribeOptions = {
    ...subscription,
    onMessage: (...message) => {
      const work = subscription.onMessage(...message).finally(() => inHand.delete(work))
      inHand.add(work)
      return work
    },
  }

  const serve = async (consumer: Consumer) => {
    const crashed = new Promise<Error>((resolve) => {
      consumer.on(consumer.events.CRASH, ({ payload }) => resolve(payload.error))
    })
    consumer.on(consumer.events.GROUP_JOIN, () => backoff.reset())
    await consumer.connect()
    await consumer.subscribe({ topics: [...subscription.topics], fromBeginning: true })
    await consumer.run({
      autoCommit: false,
      eachBatchAutoResolve: false,
      partitionsConsumedConcurrently: subscription.concurrency ?? 1,
      eachBatch: (payload) => handleBatch(payload, watched, { stop: stop.signal, sessionTimeoutMs, onFailure }),
    })
    const crash = await Promise.race([crashed, stopped])
    if (crash) throw crash
  }

  const createConsumer = (kafka: Kafka) =>
    kafka.consumer({
      groupId: subscription.group,
      allowAutoTopicCreation: false,
      sessionTimeout: sessionTimeoutMs,
      heartbeatInterval: sessionTimeoutMs / 10,
      maxWaitTimeInMs: 500,
      retry: {
        initialRetryTime: 50,
        maxRetryTime: 2_000,
        retries: 3,
        restartOnFailure: () => Promise.resolve(false),
      },
    })

  const run = async () => {
    while (!stop.signal.aborted) {
      const consumer = own(settings, createConsumer)
      try {
        await serve(consumer.client)
      } catch (error) {
        if (!stop.signal.aborted) log.warn({ err: error }, 'a consumer was interrupted and begins anew')
      } finally {
        // Not part of the limit: its effect is still on its way to the database.
        await Promise.allSettled(inHand)
        await leave(consumer, LEAVE_MS)
      }
      await pause(backoff.next(), stop.signal)
    }
  }

  const running = run()
  return {
    close: async () => {
      stop.abort()
      await running
    },
  }
}

interface Surroundings {
  readonly stop: AbortSignal
  readonly sessionTimeoutMs: number
  onFailure(error: unknown): Promise<void>
}

/** Handles a batch in order, commits what was handled, and leaves the rest to the next fetch or another member. */
async function handleBatch(
  batch: EachBatchPayload,
  subscription: SubscribeOptions,
  around: Surroundings,
): Promise<void> {
  const revoked = new AbortController()
  const signal = AbortSignal.any([around.stop, revoked.signal])
  const beat = () => batch.heartbeat().catch((error: unknown) => revoked.abort(error))
  // A handler may wait longer than a session: the broker must hear of us meanwhile.
  const heart = setInterval(() => void beat(), around.sessionTimeoutMs / 5)
  let failure: { readonly error: unknown } | undefined
  try {
    for (const message of batch.batch.messages) {
      if (signal.aborted || !batch.isRunning() || batch.isStale()) break
      await subscription.onMessage(toRecord(batch.batch.topic, message), { signal })
      batch.resolveOffset(message.offset)
      await beat()
    }
  } catch (error) {
    failure = { error }
  } finally {
    clearInterval(heart)
  }
  const commit = batch.commitOffsetsIfNecessary(batch.uncommittedOffsets())
  if (revoked.signal.aborted) {
    // The partition may have another owner by now; kafkajs joins anew on the heartbeat's error.
    await commit.catch(() => undefined)
    throw revoked.signal.reason
  }
  await commit
  if (failure && !signal.aborted) await around.onFailure(failure.error)
}

/** More than any key of ours has, and in UTF-8 less than an index of Postgres holds. */
const MAX_KEY_BYTES = 500

/**
 * A record as kafkajs gives it, as texts. Kafka keeps any bytes, and who may publish may have published no event of ours: it
 * must still be one that can be parked, or it would hold up its partition for ever.
 */
export function toRecord(topic: string, message: Pick<KafkaMessage, 'key' | 'value' | 'headers'>): LogRecord {
  const headers = Object.entries(message.headers ?? {}).map(([name, value]) => [withoutNul(name), textOf(value)])
  return {
    topic,
    key: textOf(message.key?.subarray(0, MAX_KEY_BYTES)),
    headers: Object.fromEntries(headers),
    value: textOf(message.value),
  }
}

const textOf = (value: { toString(): string } | null | undefined): string => withoutNul(value?.toString() ?? '')

/** With U+FFFD for what is no character of a text in Postgres, as for bytes that are no UTF-8. */
const withoutNul = (text: string): string => text.replaceAll('\0', '\ufffd')
