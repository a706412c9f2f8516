import { AGE_BUCKETS } from '@wellgate/shared/contracts/billing/models'
import type { billingRoutes } from '@wellgate/shared/contracts/billing/routes'
import { Day } from '@wellgate/shared/contracts/day'
import { one, rows } from '@wellgate/shared/db/query'
import { decodeCursor } from '@wellgate/shared/http/cursor'
import type { Handlers } from '@wellgate/shared/http/handlers'
import { toPage } from '@wellgate/shared/http/pages'
import type { Deps } from '../deps.ts'
import { reverseEntry } from '../ledger/reverse-entry.ts'
import { money } from '../money.ts'
import { closeDay, toClose } from './close-day.ts'
import { exportLedger } from './export-ledger.ts'
import * as sql from './report-sql.ts'

type ReportRoutes = `billing.${'receivables' | 'export-ledger' | 'close-day' | 'list-day-closes' | 'reverse-entry'}`

/** The books, for those who keep them. */
export function reportHandlers(deps: Deps): Pick<Handlers<typeof billingRoutes>, ReportRoutes> {
  const { pool, currency, today } = deps
  return {
    'billing.receivables': async () => {
      const asOf = today()
      const aged = await rows(pool, sql.agedReceivables, [asOf, currency])
      const { balance } = await one(pool, sql.kindBalance, ['insurer-receivable', currency])
      const buckets = AGE_BUCKETS.map((bucket, age) => {
        const { invoices, amount } = aged.find((row) => row.age === age) ?? { invoices: 0, amount: 0 }
        return { bucket, invoices, amount: money(amount, currency) }
      })
      const total = buckets.reduce((sum, { amount }) => sum + amount.amount, 0)
      return { status: 200, body: { asOf, buckets, total: money(total, currency), insurer: money(balance, currency) } }
    },
    'billing.export-ledger': async ({ query: { from, to }, note }) => {
      // Whose lines these were is in the ledger, of which nothing is ever taken away.
      note({ from, to })
      const body = await exportLedger(deps, from, to)
      return {
        status: 200,
        headers: { 'content-disposition': `attachment; filename="ledger-${from}-${to}.csv"` },
        body,
      }
    },
    'billing.close-day': async ({ body, actor }) => ({
      status: 201,
      body: await closeDay(deps, body.day, actor.accountId),
    }),
    'billing.list-day-closes': async ({ query: { cursor, limit } }) => {
      const before = cursor === undefined ? null : decodeCursor(Day, cursor, 'query.cursor')
      const found = await rows(pool, sql.listCloses, [before, limit + 1])
      return {
        status: 200,
        body: toPage(
          found,
          limit,
          (row) => toClose(row, currency),
          ({ day }) => day,
        ),
      }
    },
    'billing.reverse-entry': async ({ params, body, subject }) => ({
      status: 201,
      body: await reverseEntry(deps, { ...params, ...body, subject }),
    }),
  }
}
