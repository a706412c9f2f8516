import { Pool as PgPool, types } from 'pg'
import type { Registry } from 'prom-client'
import type { Logger } from '../observability/logger.ts'
import { type Metrics, readGauge } from '../observability/metrics.ts'
import { platformMetrics } from '../observability/platform-metrics.ts'

export interface PoolOptions {
  readonly connectionString: string
  readonly max: number
  readonly applicationName: string
  /** After this the server cancels a statement; a second later a server that says nothing is given up, with its connection. */
  readonly statementTimeoutMs: number
  /** After this, waiting for a connection fails as `unavailable` (default 5000). */
  readonly connectTimeoutMs?: number
  readonly metrics?: Metrics
  readonly log?: Logger
}

export type Pool = PgPool

/** A server that answers at all has cancelled a statement by then. */
const SILENCE_MS = 1_000

/**
 * A pool that outlives its database: a lost connection is logged and replaced, and never ends the process.
 * Calendar dates come as text, bigint and numeric as strings. Whoever makes it ends it.
 */
export function createPool(options: PoolOptions): Pool {
  const pool = new PgPool({
    connectionString: options.connectionString,
    max: options.max,
    application_name: options.applicationName,
    statement_timeout: options.statementTimeoutMs,
    query_timeout: options.statementTimeoutMs + SILENCE_MS,
    connectionTimeoutMillis: options.connectTimeoutMs ?? 5_000,
    idleTimeoutMillis: 30_000,
    keepAlive: true,
    types: { getTypeParser: typeParser },
  })
  pool.on('error', (error) => options.log?.warn({ err: error }, 'an idle database connection was lost'))
  // pg-pool listens only while a client is idle: a checked-out one that breaks between two queries would end the process.
  pool.on('connect', (client) => client.on('error', () => undefined))
  if (options.metrics) watch(options.metrics, options.applicationName, pool)
  return pool
}

/** A calendar date has no time zone: as text it stays the day that was stored. */
const typeParser: typeof types.getTypeParser = (oid, format) =>
  oid === types.builtins.DATE && format !== 'binary' ? (text: string) => text : types.getTypeParser(oid, format)

const watched = new WeakMap<Registry, Map<string, Pool>>()

/** One gauge a registry, for however many pools: a process that runs two services has two. */
function watch(metrics: Metrics, name: string, pool: Pool): void {
  const known = watched.get(metrics.registry)
  if (known) {
    known.set(name, pool)
    return
  }
  const pools = new Map([[name, pool]])
  watched.set(metrics.registry, pools)
  readGauge(metrics, platformMetrics.pool, (gauge) => {
    for (const [label, { totalCount, idleCount, waitingCount }] of pools) {
      gauge.set({ pool: label, state: 'total' }, totalCount)
      gauge.set({ pool: label, state: 'idle' }, idleCount)
      gauge.set({ pool: label, state: 'waiting' }, waitingCount)
    }
  })
  readGauge(metrics, platformMetrics.poolMax, (gauge) => {
    for (const [label, { options }] of pools) gauge.set({ pool: label }, options.max)
  })
}
