import type { billingRoutes } from '@wellgate/shared/contracts/billing/routes'
import { Period } from '@wellgate/shared/contracts/billing/models'
import { one, rows } from '@wellgate/shared/db/query'
import { decodeCursor } from '@wellgate/shared/http/cursor'
import type { Handlers } from '@wellgate/shared/http/handlers'
import { toPage } from '@wellgate/shared/http/pages'
import type { Deps } from '../deps.ts'
import { balanceOfPatient } from '../invoices/invoice-sql.ts'
import { money } from '../money.ts'
import { statementsOf } from './statement-sql.ts'

/** What a patient owes, now and month by month; all of it by the ledger. */
export function statementHandlers(
  deps: Deps,
): Pick<Handlers<typeof billingRoutes>, 'billing.get-balance' | 'billing.list-statements'> {
  const { pool, currency, today } = deps
  const of = (amount: number) => money(amount, currency)
  return {
    'billing.get-balance': async ({ params: { patientId } }) => {
      const { balance, insurer, overdue } = await one(pool, balanceOfPatient, [today(), patientId, currency])
      return { status: 200, body: { balance: of(balance), insurer: of(insurer), overdue: of(overdue) } }
    },
    'billing.list-statements': async ({ params: { patientId }, query: { cursor, limit } }) => {
      const before = cursor === undefined ? null : decodeCursor(Period, cursor, 'query.cursor')
      const found = await rows(pool, statementsOf, [patientId, currency, before, limit + 1])
      const toItem = ({ period, opening, charged, paid, adjusted, closing }: (typeof found)[number]) => ({
        period,
        opening: of(opening),
        charged: of(charged),
        paid: of(paid),
        adjusted: of(adjusted),
        closing: of(closing),
      })
      return { status: 200, body: toPage(found, limit, toItem, ({ period }) => period) }
    },
  }
}
