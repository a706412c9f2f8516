import type { Pool } from '../db/pool.ts'
import { execute, statement } from '../db/query.ts'
import { forgetIdempotencyKeys } from '../http/idempotency.ts'
import { RETENTION_DAYS, SEGMENT_DAYS } from '../messaging/topics.ts'
import type { Job } from './jobs.ts'

const HOUR_MS = 3_600_000
/** A client that retries does so within a day. */
const IDEMPOTENCY_HOURS = 24

/** As many as a statement has time for, whatever a bulk import has left: what is not deleted in one hour is more in the next. */
const AT_ONCE = 10_000

const FORGET_INBOX = statement(
  'runtime.forget-inbox',
  `delete from inbox where ctid = any (array(
     select ctid from inbox where processed_at < now() - $1::int * interval '1 day' limit $2))`,
)

/** Deletes what can no longer matter: idempotency keys after a day, inbox rows once no topic can repeat their event. */
export function housekeeping(pool: Pool): Job {
  return {
    name: 'housekeeping',
    role: 'relay',
    everyMs: HOUR_MS,
    run: async (signal) => {
      const parts = [
        () => forgetIdempotencyKeys(pool, IDEMPOTENCY_HOURS, AT_ONCE),
        () => execute(pool, FORGET_INBOX, [RETENTION_DAYS + SEGMENT_DAYS + 1, AT_ONCE]),
      ]
      for (const part of parts) while (!signal.aborted && (await part()) === AT_ONCE);
    },
  }
}
