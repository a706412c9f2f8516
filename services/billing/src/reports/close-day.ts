import type { DayClose } from '@wellgate/shared/contracts/billing/models'
import { execute, one, rows } from '@wellgate/shared/db/query'
import { withTx } from '@wellgate/shared/db/tx'
import type { Deps } from '../deps.ts'
import { billingErrors } from '../errors.ts'
import { money } from '../money.ts'
import * as sql from './report-sql.ts'

/**
 * Closes the books up to a day that is over, and keeps what was booked since the close before.
 * @throws `day-not-over`; `day-closed` where this day or a later one is closed
 */
export async function closeDay(deps: Deps, day: string, by: string): Promise<DayClose> {
  const { pool, now, today, currency } = deps
  if (day >= today())
    throw billingErrors['day-not-over']({ fields: [{ field: 'body.day', expected: `before ${today()}` }] })
  return withTx(pool, async (tx) => {
    await one(tx, sql.lockBooks)
    const last = (await one(tx, sql.lastClose)).day
    if (last !== null && day <= last) throw billingErrors['day-closed']()
    const { entries } = await one(tx, sql.countEntries, [last, day])
    const found = await rows(tx, sql.totalsUntil, [last, day, currency])
    const totals = found.map(({ account, debits, credits }) => ({
      account,
      debits: money(debits, currency),
      credits: money(credits, currency),
    }))
    const closed_at = now()
    await execute(tx, sql.insertClose, [day, closed_at, by, entries, JSON.stringify(totals)])
    return toClose({ day, closed_at, entries, totals }, currency)
  })
}

/** A close as it is shown; debits equal credits, or the ledger is wrong. */
export function toClose({ day, closed_at, entries, totals }: sql.CloseRow, currency: string): DayClose {
  const sum = (side: 'debits' | 'credits') =>
    money(
      totals.reduce((all, total) => all + total[side].amount, 0),
      currency,
    )
  return { day, closedAt: closed_at.toISOString(), entries, totals, debits: sum('debits'), credits: sum('credits') }
}
