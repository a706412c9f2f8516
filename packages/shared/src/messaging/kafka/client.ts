import { Kafka, type KafkaConfig, logLevel, type logCreator } from 'kafkajs'
import type { Logger } from '../../observability/logger.ts'
import { pause } from '../backoff.ts'
import { createConnections } from './connections.ts'

/** How to reach Kafka, in our own words: no type of the client leaves this folder. */
export interface KafkaSettings {
  readonly brokers: readonly string[]
  /** Shown by the broker: the service. */
  readonly clientId: string
  /** TLS: true for the system's authorities, or PEM texts. */
  readonly ssl?: boolean | { readonly ca?: string; readonly cert?: string; readonly key?: string }
  readonly sasl?: {
    readonly mechanism: 'plain' | 'scram-sha-256' | 'scram-sha-512'
    readonly username: string
    readonly password: string
  }
  readonly log: Logger
  /** A member that is silent for so long loses its partitions; 30 s by default. */
  readonly sessionTimeoutMs?: number
}

/** A kafkajs client that logs through ours. Retries inside a request are few: relay and members have backoff of their own. */
export function createKafkaClient(settings: KafkaSettings, more: Partial<KafkaConfig> = {}): Kafka {
  silenceTimeoutNegativeWarning()
  const { sasl, ssl } = settings
  return new Kafka({
    clientId: settings.clientId,
    brokers: [...settings.brokers],
    connectionTimeout: 3_000,
    requestTimeout: 15_000,
    retry: { initialRetryTime: 50, maxRetryTime: 2_000, retries: 3 },
    logLevel: logLevel.WARN,
    logCreator: logTo(settings.log),
    ...(ssl === undefined ? {} : { ssl }),
    ...(sasl === undefined ? {} : { sasl: toSasl(sasl) }),
    ...more,
  })
}

/** A producer, consumer or admin client with connections of its own. */
export interface Own<C> {
  readonly client: C
  /** Ends its connections at once, so that what is asked on them fails, and it makes no other. */
  cut(): void
}

/** Makes such a client of kafkajs's; `more` is in place of our limits. */
export function own<C>(settings: KafkaSettings, make: (kafka: Kafka) => C, more: Partial<KafkaConfig> = {}): Own<C> {
  const { socketFactory, cut } = createConnections()
  return { client: make(createKafkaClient(settings, { ...more, socketFactory })), cut }
}

type Sasl = NonNullable<KafkaSettings['sasl']>

// kafkajs types one mechanism at a time.
function toSasl({ mechanism, username, password }: Sasl) {
  if (mechanism === 'plain') return { mechanism, username, password }
  if (mechanism === 'scram-sha-256') return { mechanism, username, password }
  return { mechanism, username, password }
}

function logTo(log: Logger): logCreator {
  return () => (entry) => {
    const line = { transport: 'kafka' }
    if (entry.level <= logLevel.ERROR) log.warn(line, `kafkajs ${entry.namespace}: ${entry.log.message}`)
    else log.debug(line, `kafkajs ${entry.namespace}: ${entry.log.message}`)
  }
}

let silenced = false

/** kafkajs 2.2.4 sets timers in the past, harmlessly; Node 24 would print that once a process. Nothing else is silenced. */
function silenceTimeoutNegativeWarning(): void {
  if (silenced) return
  silenced = true
  const emit = process.emitWarning.bind(process) as (...args: unknown[]) => void
  process.emitWarning = (...args: unknown[]) => {
    if (args[1] !== 'TimeoutNegativeWarning') emit(...args)
  }
}

/**
 * Takes leave of the broker, in `withinMs` at the most: kafkajs waits for the answers to what it has asked, and on a silent
 * connection stops to count their time when it begins to disconnect, so that it would wait for ever. Never rejects.
 */
export async function leave({ client, cut }: Own<{ disconnect(): Promise<void> }>, withinMs: number): Promise<void> {
  const enough = new AbortController()
  const left = client.disconnect().then(
    () => enough.abort(),
    () => enough.abort(),
  )
  await Promise.race([left, pause(withinMs, enough.signal)])
  if (!enough.signal.aborted) cut()
  enough.abort()
}
