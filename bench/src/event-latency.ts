import { randomUUID } from 'node:crypto'
import { setTimeout as after } from 'node:timers/promises'
import { sessionRevoked } from '@wellgate/shared/contracts/identity/events'
import { AccountId, SessionId } from '@wellgate/shared/contracts/ids'
import { createPool } from '@wellgate/shared/db/pool'
import { withTx } from '@wellgate/shared/db/tx'
import { createOutbox } from '@wellgate/shared/messaging/outbox'
import { Client } from 'pg'
import { adminUrl, environmentOf, withAdmin } from './database.ts'

export const READERS = ['identity', 'patients', 'records', 'interop'] as const

export interface EventLatencies {
  /** For each event and service, in ms. */
  readonly each: readonly number[]
  /** For each event, the last service. */
  readonly last: readonly number[]
}

const EVENTS = 300
const WARM_UP = 20
const EFFECT_MS = 10_000

/**
 * Appends revocations to identity's outbox as identity does; its own relay publishes them and each service's own
 * consumer writes `access_void`. A trigger of ours on that table tells us, at the effect's commit.
 */
export async function measureEvents(dataDir: string): Promise<EventLatencies> {
  await withAdmin(dataDir, layTriggers)
  const ear = new Client({ connectionString: adminUrl(dataDir) })
  await ear.connect()
  await ear.query('listen bench_effect')
  const pool = createPool({
    connectionString: environmentOf(dataDir, 'identity')['DATABASE_URL'] ?? '',
    max: 1,
    applicationName: 'bench-outbox',
    statementTimeoutMs: 5_000,
  })
  const outbox = createOutbox({ service: 'identity' })
  const once = async (): Promise<number[]> => {
    const sessionId = SessionId.parse(randomUUID())
    const effects = effectsOf(ear, sessionId)
    const payload = { sessionId, accountId: AccountId.parse(randomUUID()) }
    await withTx(pool, (tx) => outbox.append(tx, sessionRevoked, { aggregateVersion: 1, payload }))
    const committed = performance.now()
    return (await effects).map((at) => at - committed)
  }
  try {
    for (let n = 0; n < WARM_UP; n++) await once()
    const each: number[] = []
    const last: number[] = []
    for (let n = 0; n < EVENTS; n++) {
      const latencies = await once()
      each.push(...latencies)
      last.push(Math.max(...latencies))
      // Uneven, so that no timer of ours or theirs keeps step.
      await after(10 + Math.random() * 40)
    }
    return { each, last }
  } finally {
    await pool.end()
    await ear.end()
  }
}

/** When each service had committed the effect. @throws Error when one did not in time */
function effectsOf(ear: Client, sessionId: string): Promise<number[]> {
  return new Promise((resolve, reject) => {
    const at: number[] = []
    const late = setTimeout(
      () => finish(() => reject(new Error(`${READERS.length - at.length} services did not hear in ${EFFECT_MS} ms`))),
      EFFECT_MS,
    )
    const hear = ({ payload }: { payload?: string | undefined }): void => {
      if (payload?.endsWith(sessionId) !== true) return
      at.push(performance.now())
      if (at.length === READERS.length) finish(() => resolve(at))
    }
    const finish = (tell: () => void): void => {
      clearTimeout(late)
      ear.off('notification', hear)
      tell()
    }
    ear.on('notification', hear)
  })
}

async function layTriggers(admin: Client): Promise<void> {
  await admin.query('create schema if not exists bench')
  await admin.query(`create or replace function bench.tell() returns trigger language plpgsql as
    $$ begin perform pg_notify('bench_effect', tg_table_schema || ':' || new.id); return null; end $$`)
  for (const schema of READERS) {
    await admin.query(`create or replace trigger bench_tell after insert on ${schema}.access_void
      for each row execute function bench.tell()`)
  }
}
