import { execute } from '@wellgate/shared/db/query'
import type { Job } from '@wellgate/shared/runtime/jobs'
import type { Deps } from '../deps.ts'
import { withProcessor } from './payment-deps.ts'
import { forgetHeard } from './payment-sql.ts'
import { resolveDoubts } from './resolve-doubts.ts'

/** What payments do by themselves. */
export function paymentJobs(plain: Deps): Job[] {
  const deps = withProcessor(plain)
  const doubtSeconds = deps.config.WELLGATE_PAYMENT_DOUBT_SECONDS
  return [
    {
      name: 'resolve payments in doubt',
      role: 'consumers',
      everyMs: 1_000,
      run: async (signal) => void (await resolveDoubts(deps, doubtSeconds, signal)),
    },
    {
      name: 'forget what the processor told long ago',
      role: 'consumers',
      everyMs: 86_400_000,
      run: async () => void (await execute(deps.pool, forgetHeard)),
    },
  ]
}
