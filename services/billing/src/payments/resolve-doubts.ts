import { rows } from '@wellgate/shared/db/query'
import { advancePayment } from './advance-payment.ts'
import type { PaymentDeps } from './payment-deps.ts'
import * as payments from './payment-sql.ts'
import { advanceRefund } from './refund-payment.ts'
import * as refunds from './refund-sql.ts'

const BATCH = 50
/** How many are asked for at once: the processor limits how often it answers. */
const ABREAST = 5

/**
 * Asks what became of payments and refunds of which nothing was heard for `doubtSeconds`, until none is left or the
 * signal ends it. One that fails is logged and does not keep the others. Gives how many were asked for.
 */
export async function resolveDoubts(deps: PaymentDeps, doubtSeconds: number, signal?: AbortSignal): Promise<number> {
  const ended = (): boolean => signal?.aborted ?? false
  let asked = 0
  for (;;) {
    const claimed = await rows(deps.pool, payments.claimInDoubt, [doubtSeconds, BATCH])
    const back = await rows(deps.pool, refunds.claimInDoubt, [doubtSeconds, BATCH])
    const work = [
      ...claimed.map((payment) => () => advancePayment(deps, payment)),
      ...back.map((refund) => () => advanceRefund(deps, refund)),
    ]
    asked += work.length
    while (work.length > 0 && !ended()) {
      const turns = await Promise.allSettled(work.splice(0, ABREAST).map((step) => step()))
      for (const each of turns)
        if (each.status === 'rejected') deps.log.error({ err: each.reason }, 'a payment in doubt was not resolved')
    }
    if (claimed.length + back.length < BATCH || ended()) return asked
  }
}
