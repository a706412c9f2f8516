import type { billingPatientRoutes } from '@wellgate/shared/contracts/billing/patient-routes'
import type { Handlers } from '@wellgate/shared/http/handlers'
import type { HistoryDeps } from './history-deps.ts'
import { createHistoryRepository } from './history-repository.ts'
import { listHistory } from './list-history.ts'

export type HistoryHandlers = Pick<Handlers<typeof billingPatientRoutes>, 'billing.list-billing-history'>

/** A patient of whom nothing was imported has an empty history. */
export function historyHandlers({ pool, sealer }: HistoryDeps): HistoryHandlers {
  const history = createHistoryRepository({ sealer })
  return {
    'billing.list-billing-history': async ({ params: { patientId }, query }) => ({
      status: 200,
      body: await listHistory(history, pool, patientId, query),
    }),
  }
}
