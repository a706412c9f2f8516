import type { billingRoutes } from '@wellgate/shared/contracts/billing/routes'
import { platformErrors } from '@wellgate/shared/errors/platform-errors'
import type { Handlers } from '@wellgate/shared/http/handlers'
import type { Deps } from '../deps.ts'

/** What was billed elsewhere. */
export function historyHandlers(_deps: Deps): Pick<Handlers<typeof billingRoutes>, 'billing.list-billing-history'> {
  return { 'billing.list-billing-history': () => Promise.reject(platformErrors.unavailable()) }
}
