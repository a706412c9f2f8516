import type { Job } from '@wellgate/shared/runtime/jobs'
import { invoiceWaiting } from './charges/invoice-waiting.ts'
import type { Deps } from './deps.ts'
import { tellOverdue } from './invoices/tell-overdue.ts'
import { measureBooks, measureLines } from './metrics.ts'
import { paymentJobs } from './payments/jobs.ts'
import { tellMissed } from './plans/tell-missed.ts'
import { prices } from './prices/price-repository.ts'

const MINUTE = 60_000

/** What billing does by itself; a day that has changed is seen within minutes. */
export function billingJobs(deps: Deps): Job[] {
  return [
    {
      name: 'tell of overdue invoices',
      role: 'consumers',
      everyMs: 5 * MINUTE,
      run: async (signal) => void (await tellOverdue(deps, signal)),
    },
    {
      name: 'tell of missed instalments',
      role: 'consumers',
      everyMs: 5 * MINUTE,
      run: async (signal) => void (await tellMissed(deps, signal)),
    },
    {
      name: 'invoice what waited for a price',
      role: 'consumers',
      everyMs: MINUTE,
      run: async (signal) => void (await invoiceWaiting(deps, await prices.codes(deps.pool), signal)),
    },
    {
      name: 'look at the books',
      role: 'consumers',
      everyMs: MINUTE,
      run: () => measureBooks(deps.pool, deps.metrics),
    },
    {
      // Seldom and in one process, since it reads the whole ledger; often enough that JobStopped tells the same day that it does not run.
      name: 'hold balances against their lines',
      role: 'consumers',
      everyMs: 60 * MINUTE,
      run: () => measureLines(deps.pool, deps.metrics),
    },
    ...paymentJobs(deps),
  ]
}
