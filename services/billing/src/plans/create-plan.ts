import type { Actor } from '@wellgate/shared/access/actor'
import type { PaymentPlan } from '@wellgate/shared/contracts/billing/models'
import { execute, one } from '@wellgate/shared/db/query'
import { withTx } from '@wellgate/shared/db/tx'
import { type IdempotencyKey, once } from '@wellgate/shared/http/idempotency'
import { requirePayer } from '../access.ts'
import { addDays } from '../days.ts'
import type { Deps } from '../deps.ts'
import { billingErrors } from '../errors.ts'
import { lockInvoice } from '../invoices/settle.ts'
import { toPlan } from './plan.ts'
import * as sql from './plan-sql.ts'
import { splitInstalments } from './split.ts'

/** How far ahead the first instalment may be. */
const FIRST_WITHIN_DAYS = 62

/**
 * Plans what is left of an invoice.
 * @throws `not-found` (also another's), `in-the-past`, `too-far-ahead`, `invoice-void`, `has-plan`, `already-paid`,
 * `payment-in-flight`, `too-many-instalments`
 */
export async function createPlan(
  deps: Pick<Deps, 'pool' | 'newId' | 'today'>,
  request: {
    readonly invoiceId: string
    readonly instalments: number
    readonly firstDueOn: string
    readonly actor: Actor
    readonly key: IdempotencyKey | undefined
    subject(patientId: string): void
  },
): Promise<PaymentPlan> {
  const { pool, newId, today } = deps
  const { invoiceId, instalments, firstDueOn, actor, key } = request
  const id = newId()
  const { resultId } = await withTx(pool, (tx) =>
    once(tx, key, async () => {
      const invoice = await lockInvoice(tx, invoiceId)
      requirePayer(actor, invoice.patientId)
      request.subject(invoice.patientId)
      requireFirstDay(firstDueOn, today())
      if (invoice.voided) throw billingErrors['invoice-void']()
      const { settled, has_plan } = await one(tx, sql.settledOf, [invoiceId])
      if (has_plan) throw billingErrors['has-plan']()
      if (invoice.reserved > 0) throw billingErrors['payment-in-flight']()
      if (invoice.free === 0) throw billingErrors['already-paid']()
      if (instalments > invoice.free)
        throw billingErrors['too-many-instalments']({
          fields: [{ field: 'body.instalments', expected: `at most ${invoice.free}` }],
        })
      const parts = splitInstalments(invoice.free, instalments, firstDueOn)
      await execute(tx, sql.insertPlan, [id, invoiceId, invoice.patientId, invoice.free, settled, actor.accountId])
      const columns = (['number', 'dueOn', 'amount', 'cumulative'] as const).map((name) =>
        parts.map((part) => part[name]),
      )
      await execute(tx, sql.insertInstalments, [id, ...columns])
      return { status: 201, resultId: id }
    }),
  )
  const row = await one(pool, sql.planById, [resultId])
  request.subject(row.patient_id)
  return toPlan(row, today())
}

function requireFirstDay(firstDueOn: string, today: string): void {
  const latest = addDays(today, FIRST_WITHIN_DAYS)
  const fields = [{ field: 'body.firstDueOn', expected: `a day from ${today} to ${latest}` }]
  if (firstDueOn < today) throw billingErrors['in-the-past']({ fields })
  if (firstDueOn > latest) throw billingErrors['too-far-ahead']({ fields })
}
