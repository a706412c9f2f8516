import { type Queryable, rows, statement } from '../db/query.ts'
import type { Logger } from '../observability/logger.ts'
import { type Metrics, readGauge } from '../observability/metrics.ts'
import { platformMetrics } from '../observability/platform-metrics.ts'
import type { Actor } from './actor.ts'

/** `void`: the session ended or the account changed. `stale`: no access event was heard of for 30 s. */
export type Standing = 'ok' | 'void' | 'stale'

export interface VoidList {
  /** Answers from memory, at most a refresh behind the table. */
  check(actor: Actor): Standing
  /** Reads the table now; for start and tests. Takes 2 s at most, and never rejects: an unreachable table only lets the mirror age. */
  refresh(): Promise<void>
  close(): Promise<void>
}

export interface VoidListOptions {
  readonly pool: Queryable
  readonly log: Logger
  readonly metrics?: Metrics
  readonly everyMs?: number
  /** Monotonic, in milliseconds. */
  readonly clock?: () => number
  /** How long before the last read a row may have been dated that it did not see; 30 s by default. */
  readonly overlapMs?: number
}

/** With an event's own way of some 50 ms, a revocation is felt well within a second. */
const EVERY_MS = 500
/** Tokens live 10 minutes: what was voided before that has nothing left to void. */
const KEEP_MS = 15 * 60_000
/** A read without an answer is given up: the next may take a connection that works. */
const READ_MS = 2_000
const STALE_AFTER_MS = 30_000
/** A row is dated by its transaction's begin and seen at its commit: look back further than a transaction takes. */
const OVERLAP_MS = 30_000

async function inTime<T>(work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const timeUp = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error('no answer in time')), READ_MS)
  })
  try {
    return await Promise.race([work, timeUp])
  } finally {
    clearTimeout(timer)
  }
}

interface VoidRow {
  readonly kind: 'session' | 'account' | 'heartbeat' | 'now'
  readonly id: string | null
  readonly min_version: number | null
  /** Of `now`: since 1970. */
  readonly age_ms: string
}

// Since the last read, by whichever clock says longer: a process's own stands still with its machine, and the database's goes
// back where another server takes over. A heartbeat counts from when it was sent: one handled late, out of a backlog, says
// that news is late too.
const readVoid = statement<VoidRow>(
  'access.read-void',
  `select kind, id, min_version, (extract(epoch from clock_timestamp() - voided_at) * 1000)::bigint as age_ms
     from access_void
    where voided_at > greatest(now() - $1::bigint * interval '1 millisecond',
      least(now() - $2::bigint * interval '1 millisecond', to_timestamp($3::float8 / 1000)) - $4::bigint * interval '1 millisecond')
   union all
   select 'heartbeat', null, null, (extract(epoch from clock_timestamp() - max(least(seen_at, beat_at))) * 1000)::bigint
     from access_heartbeat having count(*) > 0
   union all
   select 'now', null, null, floor(extract(epoch from now()) * 1000)::bigint`,
)

/**
 * A mirror in memory of the service's own `access_void`, refreshed twice a second, so that a process without consumers
 * feels a revocation within a second and no request pays a query for it. While the database is gone the last known
 * entries stay in force. `close` ends the timer; the pool is its owner's.
 */
export function createVoidList(options: VoidListOptions): VoidList {
  const { pool, log, everyMs = EVERY_MS, clock = () => performance.now(), overlapMs = OVERLAP_MS } = options
  const sessions = new Map<string, number>()
  const accounts = new Map<string, { readonly minVersion: number; readonly at: number }>()
  let heardAt = -Infinity
  let readAt = -Infinity
  /** The same by the database's clock, in milliseconds since 1970. */
  let readAtThere = 0
  let failing = false
  let timer: NodeJS.Timeout | undefined
  let running: Promise<void> | undefined
  let closed = false

  const read = async (): Promise<void> => {
    const began = clock()
    const since = Math.min(KEEP_MS, Math.ceil(began - readAt))
    const found = await inTime(rows(pool, readVoid, [KEEP_MS, since, readAtThere, overlapMs]))
    for (const { kind, id, min_version, age_ms } of found) {
      const at = began - Number(age_ms)
      if (kind === 'now') readAtThere = Number(age_ms)
      else if (kind === 'heartbeat') heardAt = Math.max(heardAt, at)
      else if (id !== null && kind === 'session') sessions.set(id, at)
      else if (id !== null) accounts.set(id, { minVersion: min_version ?? 0, at })
    }
    readAt = began
    for (const [id, at] of sessions) if (at < began - KEEP_MS) sessions.delete(id)
    for (const [id, { at }] of accounts) if (at < began - KEEP_MS) accounts.delete(id)
  }

  const refresh = (): Promise<void> =>
    (running ??= read()
      .then(() => (failing = false))
      .catch((error: unknown) => {
        if (!failing) log.warn({ err: error }, 'access rights cannot be read; the last known ones stay in force')
        failing = true
      })
      .then(() => (running = undefined)))

  const tick = (): void => {
    if (closed) return
    timer = setTimeout(() => void refresh().then(tick), everyMs).unref()
  }
  tick()

  if (options.metrics) {
    const ageS = (): number => (heardAt === -Infinity ? Number.NaN : (clock() - heardAt) / 1000)
    readGauge(options.metrics, platformMetrics.heartbeatAge, (gauge) => gauge.set(ageS()))
  }

  return {
    check(actor) {
      if (sessions.has(actor.sessionId)) return 'void'
      const account = accounts.get(actor.accountId)
      if (account && actor.tokenVersion < account.minVersion) return 'void'
      return clock() - heardAt > STALE_AFTER_MS ? 'stale' : 'ok'
    },
    refresh,
    async close() {
      closed = true
      clearTimeout(timer)
      await running
    },
  }
}
