import { execute, maybeOne, statement, type Queryable } from '@wellgate/shared/db/query'
import { FIRST_WAIT_MS, FORGET_MS, FREE_FAILURES, LONGEST_WAIT_MS, type Failures } from './back-off.ts'

const find = statement<{ failures: number; last_failed_at: Date }>(
  'log-in-failure.find',
  `select failures, last_failed_at from log_in_failure where email_index = $1`,
)

// Tries in the same moment wait here for one another's row, so that each sees those counted before it. `waitMs` in SQL.
const take = statement(
  'log-in-failure.take-try',
  `insert into log_in_failure as f (email_index, failures, last_failed_at) values ($1, 1, $2)
   on conflict (email_index) do update
     set failures = case when f.last_failed_at <= $3 then 1 else least(f.failures, 1000000) + 1 end, last_failed_at = $2
     where f.failures < ${FREE_FAILURES} or f.last_failed_at <= $3 or f.last_failed_at <= $2::timestamptz - interval '1 ms'
       * least(${FIRST_WAIT_MS} * 2 ^ least(f.failures - ${FREE_FAILURES}, 10), ${LONGEST_WAIT_MS})
   returning 1`,
)

const forget = statement('log-in-failure.forget', `delete from log_in_failure where email_index = $1`)

const sweep = statement(
  'log-in-failure.sweep',
  `delete from log_in_failure where email_index in
     (select email_index from log_in_failure where last_failed_at < $1 order by last_failed_at limit 1000)`,
)

export async function findFailures(q: Queryable, emailIndex: string): Promise<Failures | undefined> {
  const row = await maybeOne(q, find, [emailIndex])
  return row && { failures: row.failures, lastFailedAt: row.last_failed_at }
}

/**
 * Whether a log-in may be looked at now. It then counts as failed until {@link forgetFailures}: of a burst, no more are
 * looked at than one after the other. After a quarter of an hour without one, counting starts anew.
 */
export const takeLogInTry = async (q: Queryable, emailIndex: string, now: Date): Promise<boolean> =>
  (await maybeOne(q, take, [emailIndex, now, new Date(now.getTime() - FORGET_MS)])) !== undefined

export async function forgetFailures(q: Queryable, emailIndex: string): Promise<void> {
  await execute(q, forget, [emailIndex])
}

/** Deletes up to 1000 e-mails whose failures no longer count; how many. */
export const deleteFailures = (q: Queryable, now: Date): Promise<number> =>
  execute(q, sweep, [new Date(now.getTime() - FORGET_MS)])
