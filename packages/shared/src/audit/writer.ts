import { counterOf, histogramOf, type Metrics, readGauge } from '../observability/metrics.ts'
import { platformMetrics } from '../observability/platform-metrics.ts'
import { isConnectionError, openConnection } from './connection.ts'
import { AUDIT_DEADLINE_MS } from './deadline.ts'
import type { AuditEntry } from './entry.ts'
import { newId } from './new-id.ts'

export interface AuditWriter {
  /** Resolves when the entry is durable. Rejects when it could not be written within 2 s: then nothing may be answered. */
  record(entry: AuditEntry): Promise<void>
  /** Writes what waits, then ends the connection. What is recorded afterwards is rejected. */
  close(): Promise<void>
}

export interface AuditWriterOptions {
  /** The service's app role without a pooler in between. */
  readonly connectionString: string
  readonly service: string
  readonly metrics: Metrics
}

interface Waiting {
  readonly row: Readonly<Record<string, unknown>>
  readonly deadline: number
  resolve(): void
  reject(error: Error): void
}

const MAX_WAITING = 5_000
const MAX_BATCH = 500
const BACKOFF_MS = [20, 50, 100, 200, 400] as const

// An entry may be sent twice, when the answer to the first was lost: its id makes the second do nothing.
const INSERT = {
  name: 'audit.insert',
  text: `insert into audit_entry (id, at, request_id, service, route, action, actor_id, session_id, patient_id, roles,
      relation, purpose, decision, status, detail)
    select id, at, request_id, service, route, action, actor_id, session_id, patient_id, roles,
      relation, purpose, decision, status, detail
    from json_to_recordset($1) as entry (id uuid, at timestamptz, request_id text, service text, route text, action text,
      actor_id uuid, session_id uuid, patient_id uuid, roles text[], relation text, purpose text, decision text,
      status int, detail jsonb)
    on conflict (id) do nothing`,
}

/**
 * Writes audit entries on a connection of its own by group commit: all that wait become one INSERT, and the next batch
 * begins when the one before is durable. Under load many requests share a commit; alone, a request waits for its own.
 * The table is the seam for shipping: rows are only ever added, with ids in the order of time.
 */
export function createAuditWriter({ connectionString, service, metrics }: AuditWriterOptions): AuditWriter {
  const connection = openConnection(connectionString, `${service}-audit`, AUDIT_DEADLINE_MS)
  const measure = instruments(metrics, () => waiting.length)
  let waiting: Waiting[] = []
  let draining: Promise<void> | undefined
  let idle = true
  let closed = false

  const write = (batch: readonly Waiting[]): Promise<void> =>
    connection.query({ ...INSERT, values: [JSON.stringify(batch.map(({ row }) => row))] })

  const settle = async (batch: readonly Waiting[]): Promise<void> => {
    const done = measure.duration.startTimer()
    try {
      await write(batch)
      measure.entries.inc(batch.length)
      for (const entry of batch) entry.resolve()
    } catch (error) {
      if (isConnectionError(error)) throw error
      // One entry that the table refuses must not take the others with it.
      if (batch.length > 1) for (const entry of batch) await settle([entry])
      else batch[0]?.reject(failure(error))
    } finally {
      done()
    }
  }

  const drain = async (): Promise<void> => {
    let failures = 0
    idle = false
    while (waiting.length > 0) {
      const batch = waiting.slice(0, MAX_BATCH)
      try {
        await settle(batch)
        waiting = waiting.slice(batch.length)
        failures = 0
      } catch {
        // What is late was rejected by its own timer, and was answered 503: it is not written any more.
        const now = performance.now()
        waiting = waiting.filter(({ deadline }) => deadline > now)
        await pause(BACKOFF_MS[Math.min(failures++, BACKOFF_MS.length - 1)] ?? 0)
      }
    }
    // In the same turn as the last look at `waiting`, or an entry recorded in between would be forgotten.
    idle = true
  }

  const enqueue = (entry: AuditEntry): Promise<void> => {
    if (closed) return Promise.reject(new Error('the audit writer is closed'))
    if (waiting.length >= MAX_WAITING) return Promise.reject(new Error('too many audit entries wait'))
    return new Promise((resolve, reject) => {
      const late = setTimeout(() => reject(new Error('the audit entry was not written in time')), AUDIT_DEADLINE_MS)
      waiting.push({
        row: rowOf(service, entry),
        deadline: performance.now() + AUDIT_DEADLINE_MS,
        resolve: () => (clearTimeout(late), resolve()),
        reject: (error) => (clearTimeout(late), reject(error)),
      })
      if (idle) draining = drain()
    })
  }

  return {
    async record(entry) {
      try {
        await enqueue(entry)
      } catch (error) {
        // Each entry once, and no batch: what is sent again and written in time is nobody's loss.
        measure.rejected.inc()
        throw error
      }
    },
    async close() {
      closed = true
      await draining
      await connection.close()
    },
  }
}

const rowOf = (service: string, entry: AuditEntry): Record<string, unknown> => ({
  id: newId(),
  at: entry.at,
  request_id: entry.requestId,
  service,
  route: entry.route,
  action: entry.action,
  actor_id: entry.actorId,
  session_id: entry.sessionId,
  patient_id: entry.patientId,
  roles: entry.roles,
  relation: entry.relation,
  purpose: entry.purpose,
  decision: entry.decision,
  status: entry.status,
  detail: entry.detail ?? null,
})

const failure = (cause: unknown): Error => new Error('the audit entry could not be written', { cause })

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

function instruments(metrics: Metrics, depth: () => number) {
  readGauge(metrics, platformMetrics.auditWaiting, (gauge) => gauge.set(depth()))
  return {
    duration: histogramOf(metrics, platformMetrics.auditWrite),
    entries: counterOf(metrics, platformMetrics.auditEntries),
    rejected: counterOf(metrics, platformMetrics.auditRejected),
  }
}
