import { invoiceIssued, invoiceOverdue } from '@wellgate/shared/contracts/billing/events'
import type { Pool } from '@wellgate/shared/db/pool'
import { execute, maybeOne, one, type Queryable } from '@wellgate/shared/db/query'
import { afterCommit, withTx } from '@wellgate/shared/db/tx'
import type { Outbox } from '@wellgate/shared/messaging/outbox'
import { defineMetrics } from '@wellgate/shared/observability/metric-definition'
import { counterOf, gaugeOf, type Metrics } from '@wellgate/shared/observability/metrics'
import * as sql from './reports/report-sql.ts'

const ENDINGS = ['succeeded', 'failed'] as const
const UNSETTLED = ['created', 'processing'] as const

/** What only billing measures. No label and no value tells of one patient. */
export const billingMetrics = defineMetrics({
  payments: {
    type: 'counter',
    name: 'wellgate_payments_total',
    help: 'Payments by how they ended.',
    labels: { status: ENDINGS },
  },
  unsettled: {
    type: 'gauge',
    name: 'wellgate_payments_unsettled_oldest_age_seconds',
    help: 'Age of the oldest payment without an end, as of the last look; 0 without one. `created`: the processor has not said that it has it; `processing`: it has, and a debit of a bank takes days.',
    labels: { status: UNSETTLED },
  },
  refunds: {
    type: 'counter',
    name: 'wellgate_refunds_total',
    help: 'Refunds by how they ended.',
    labels: { status: ENDINGS },
  },
  invoices: {
    type: 'counter',
    name: 'wellgate_invoices_total',
    help: 'Invoices issued, and invoices that were not paid by their day.',
    labels: { change: ['issued', 'overdue'] },
  },
  overdue: {
    type: 'gauge',
    name: 'wellgate_invoices_overdue',
    help: 'Invoices past their day that are not paid, as of the last look.',
    labels: {},
  },
  imbalance: {
    type: 'gauge',
    name: 'wellgate_ledger_imbalance_minor',
    help: 'By how much balances do not sum to zero, and differ from their lines, in minor units, as of the last look: anything but 0 is an alarm.',
    labels: { of: ['balances', 'lines'] },
  },
})

/** The same outbox; invoices that it tells of are counted once they are committed. */
export function countInvoices(outbox: Outbox, metrics: Metrics): Outbox {
  const invoices = counterOf(metrics, billingMetrics.invoices)
  for (const change of billingMetrics.invoices.labels.change) invoices.inc({ change }, 0)
  for (const definition of [billingMetrics.payments, billingMetrics.refunds])
    for (const status of ENDINGS) counterOf(metrics, definition).inc({ status }, 0)
  return {
    ...outbox,
    append(tx, contract, event) {
      if (contract.type === invoiceIssued.type) afterCommit(tx, () => invoices.inc({ change: 'issued' }))
      if (contract.type === invoiceOverdue.type) afterCommit(tx, () => invoices.inc({ change: 'overdue' }))
      return outbox.append(tx, contract, event)
    },
  }
}

/** Looks at the books: that balances sum to zero, what is overdue, what hangs. Not at each scrape: it reads every balance. */
export async function measureBooks(q: Queryable, metrics: Metrics): Promise<void> {
  const found = await one(q, sql.books)
  gaugeOf(metrics, billingMetrics.imbalance).set({ of: 'balances' }, Number(found.imbalance))
  gaugeOf(metrics, billingMetrics.overdue).set(found.overdue)
  for (const status of UNSETTLED) gaugeOf(metrics, billingMetrics.unsettled).set({ status }, found[status] ?? 0)
}

/** Below the hour after which each process asks, so that the one that looked last time looks again. */
const LOOK_AGAIN_S = 55 * 60

/**
 * Holds every balance against its lines, unless a process did so in the last `againS` seconds and they agreed, or does so
 * now: then it tells what the last look found. Takes seconds where there are millions of lines, and ten minutes at most.
 */
export async function measureLines(pool: Pool, metrics: Metrics, againS = LOOK_AGAIN_S): Promise<void> {
  const found = await withTx(pool, async (tx) => {
    if ((await execute(tx, sql.takeLook, [againS])) === 0) return maybeOne(tx, sql.lastLook)
    await execute(tx, sql.takeTime)
    const look = await one(tx, sql.againstLines)
    await execute(tx, sql.keepLook, [look.imbalance])
    return look
  })
  if (found) gaugeOf(metrics, billingMetrics.imbalance).set({ of: 'lines' }, Number(found.imbalance))
}
