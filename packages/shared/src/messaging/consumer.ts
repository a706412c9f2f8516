import type { Pool } from 'pg'
import type { ServiceName } from '../contracts/services.ts'
import type { Logger } from '../observability/logger.ts'
import { counterOf, histogramOf, type Metrics } from '../observability/metrics.ts'
import { platformMetrics } from '../observability/platform-metrics.ts'
import { passOn, type Tracing } from '../observability/tracing.ts'
import { pause } from './backoff.ts'
import { type EventHandler, tableOf } from './handlers.ts'
import { DEFAULT_RETRY, type Outcome, processRecord, type RetryPolicy } from './process-record.ts'
import type { EventSealer } from '../crypto/event-sealer.ts'
import type { Subscription, Transport } from './transport.ts'

export interface Consumer {
  readonly group: string
  readonly topics: readonly string[]
  /** Begins to consume; returns at once. A broker or database that is away is waited for. */
  start(): void
  /** Resolves with the outcome of an event, also when it came already (the last 10,000 are remembered). For tests. */
  whenHandled(eventId: string): Promise<Outcome>
  /** Resolves when the group has nothing left to read; rejects after `timeoutMs` (10 s by default). For tests. */
  whenCaughtUp(timeoutMs?: number): Promise<void>
  /** Stops after the event in hand. */
  close(): Promise<void>
}

/**
 * Consumes the topics of its handlers: at least once, in order per key, each effect once (inbox). An event that keeps
 * failing is parked with its cause, its successors behind it; other keys go on. Unknown types are ignored.
 */
export function createConsumer(options: {
  service: ServiceName
  /** Access events have a group of their own. */
  group: string
  pool: Pool
  transport: Transport
  handlers: readonly EventHandler[]
  log: Logger
  metrics: Metrics
  /** Required where a handler's event is protected. */
  eventSealer?: EventSealer
  retry?: RetryPolicy
  /** Partitions handled at the same time; 1 by default. */
  concurrency?: number
  /** Without it, traces are passed on and none are kept. */
  tracing?: Tracing
}): Consumer {
  const { group, pool, transport, log } = options
  const table = tableOf(options.service, options.handlers)
  const topics = [...new Set(options.handlers.map((handler) => handler.contract.topic))].toSorted()
  const retry = options.retry ?? DEFAULT_RETRY
  const processor = {
    group,
    pool,
    table,
    eventSealer: options.eventSealer,
    retry,
    log,
    tracing: options.tracing ?? passOn,
  }
  const handled = counterOf(options.metrics, platformMetrics.handled)
  const duplicates = counterOf(options.metrics, platformMetrics.duplicates)
  const handling = histogramOf(options.metrics, platformMetrics.handling)
  const delay = histogramOf(options.metrics, platformMetrics.delay)
  // At 0 from the start, so that the first one is an increase.
  if (topics.length > 0) duplicates.inc({ group }, 0)
  const spy = createSpy()
  let running: Subscription | undefined
  return {
    group,
    topics,
    start: () => {
      if (running || topics.length === 0) return
      running = transport.subscribe({
        group,
        topics,
        types: [...table.keys()],
        lane: options.handlers.some(({ contract }) => contract.lane === 'access') ? 'access' : 'default',
        concurrency: options.concurrency ?? 1,
        onMessage: async (record, { signal }) => {
          const began = performance.now()
          const { outcome, id, type, time } = await processRecord(processor, record, signal)
          if (outcome !== 'ignored') handling.observe({ group }, (performance.now() - began) / 1000)
          // Clocks of two machines: never below nothing.
          if (outcome === 'handled') delay.observe({ group }, Math.max(0, Date.now() - time) / 1000)
          handled.inc({ type, result: outcome })
          if (outcome === 'duplicate') duplicates.inc({ group })
          spy.report(id, outcome)
        },
      })
    },
    whenHandled: spy.whenHandled,
    whenCaughtUp: async (timeoutMs = 10_000) => {
      const deadline = Date.now() + timeoutMs
      while (Object.values(await transport.lag(group, topics)).some((unread) => unread > 0)) {
        if (Date.now() > deadline) throw new Error(`${group} did not catch up within ${timeoutMs} ms`)
        await pause(10)
      }
    },
    close: async () => {
      await running?.close()
      running = undefined
    },
  }
}

const REMEMBERED = 10_000

/** Outcomes by event id, so that a test awaits an event instead of sleeping. The first outcome stands. */
function createSpy() {
  const outcomes = new Map<string, Outcome>()
  const waiting = new Map<string, ((outcome: Outcome) => void)[]>()
  return {
    report: (id: string, outcome: Outcome) => {
      if (!outcomes.has(id)) outcomes.set(id, outcome)
      const [oldest] = outcomes.keys()
      if (outcomes.size > REMEMBERED && oldest !== undefined) outcomes.delete(oldest)
      for (const resolve of waiting.get(id) ?? []) resolve(outcome)
      waiting.delete(id)
    },
    whenHandled: (id: string): Promise<Outcome> => {
      const known = outcomes.get(id)
      if (known) return Promise.resolve(known)
      return new Promise((resolve) => waiting.set(id, [...(waiting.get(id) ?? []), resolve]))
    },
  }
}
