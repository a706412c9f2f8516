import type { Pool } from 'pg'
import { v5 as uuidv5 } from 'uuid'
import type { Logger } from '../observability/logger.ts'
import type { Tracing } from '../observability/tracing.ts'
import { createBackoff, pause } from './backoff.ts'
import { causeOf, isInvalid, isOutage } from './failure.ts'
import { type EventHandler, openEvent, routeRecord } from './handlers.ts'
import { applyOnce, park } from './inbox.ts'
import type { EventSealer } from '../crypto/event-sealer.ts'
import { arrivalOf } from './trace-messages.ts'
import type { LogRecord } from './transport.ts'

/** `parked-behind`: an earlier event of its key is parked. `ignored`: a type without a handler. */
export type Outcome = 'handled' | 'duplicate' | 'parked' | 'parked-behind' | 'ignored'

export interface RetryPolicy {
  /** Tries before an event is parked. */
  readonly attempts: number
  readonly firstDelayMs: number
  readonly maxDelayMs: number
}

export const DEFAULT_RETRY: RetryPolicy = { attempts: 5, firstDelayMs: 100, maxDelayMs: 2_000 }

/** The member closed or lost its partition while an event waited for its next try: it comes again elsewhere. */
class Interrupted extends Error {}

export interface RecordProcessor {
  readonly group: string
  readonly pool: Pool
  readonly table: ReadonlyMap<string, EventHandler>
  readonly eventSealer: EventSealer | undefined
  readonly retry: RetryPolicy
  readonly log: Logger
  readonly tracing: Tracing
}

/**
 * Brings one record to its outcome: handled once, or parked after `retry.attempts` failures. Rejects only when
 * `signal` aborts. An outage of the database is waited for and does not count as a failure of the event.
 */
export async function processRecord(
  processor: RecordProcessor,
  record: LogRecord,
  signal: AbortSignal,
): Promise<Processed> {
  const { group, tracing } = processor
  const route = tryRoute(processor, record)
  if (route === undefined) return { outcome: 'ignored', id: '', type: 'unknown', time: Number.NaN }
  const found = 'failed' in route ? undefined : route
  const id = found?.message.id ?? uuidv5([record.topic, record.key, record.value].join('\n'), uuidv5.URL)
  const type = found?.handler.contract.type ?? 'invalid'
  return tracing.run(`process ${record.topic}`, arrivalOf(record, group, id, type), async (span) => {
    const processed = await bringToOutcome(processor, { record, route, id, type }, signal)
    span.set({ 'wellgate.outcome': processed.outcome })
    return { ...processed, time: Date.parse(found?.message.envelope.time ?? '') }
  })
}

interface Processed {
  readonly outcome: Outcome
  readonly id: string
  readonly type: string
  /** Milliseconds of the event's own time; NaN where it has none. */
  readonly time: number
}

interface Routed {
  readonly record: LogRecord
  readonly route: NonNullable<ReturnType<typeof tryRoute>>
  readonly id: string
  readonly type: string
}

async function bringToOutcome(
  { pool, group, retry, log, eventSealer }: RecordProcessor,
  { record, route, id, type }: Routed,
  signal: AbortSignal,
): Promise<Omit<Processed, 'time'>> {
  const found = 'failed' in route ? undefined : route
  const incoming = { group, id, record }
  const delays = createBackoff({ firstMs: retry.firstDelayMs, maxMs: retry.maxDelayMs })
  const outages = createBackoff({ firstMs: retry.firstDelayMs, maxMs: 5_000 })
  let failures = found ? 0 : retry.attempts
  let cause = 'failed' in route ? causeOf(route.failed) : ''
  for (;;) {
    // Whatever fails outside the event's own part is not its fault, whatever the error looks like.
    let blamed = false
    try {
      if (!found || failures >= retry.attempts) {
        const outcome = await park(pool, incoming, cause, failures)
        log.error({ eventId: id, eventType: type, group, topic: record.topic }, 'an event was parked')
        return { outcome, id, type }
      }
      blamed = true
      const effect = await openEvent(found, eventSealer)
      blamed = false
      const outcome = await applyOnce(pool, incoming, (tx) => {
        blamed = true
        return effect(tx)
      })
      return { outcome, id, type }
    } catch (error) {
      log.warn({ err: error, eventId: id, eventType: type, group, attempt: failures + 1 }, 'an event failed')
      const counts = blamed && !isOutage(error)
      if (counts) {
        cause = causeOf(error)
        failures = isInvalid(error) ? retry.attempts : failures + 1
      }
      if (!counts || failures < retry.attempts) await pause((counts ? delays : outages).next(), signal)
      if (signal.aborted) throw new Interrupted('interrupted', { cause: error })
    }
  }
}

function tryRoute(processor: RecordProcessor, record: LogRecord) {
  try {
    return routeRecord(processor.table, record)
  } catch (error) {
    return { failed: error }
  }
}
