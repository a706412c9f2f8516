import { billingEvents } from '@wellgate/shared/contracts/billing/events'
import { billingRoutes } from '@wellgate/shared/contracts/billing/routes'
import { defineService } from '@wellgate/shared/runtime/service'
import { chargeHandlers } from './charges/routes.ts'
import { billingSlices } from './config.ts'
import { billingConsumers } from './consumers.ts'
import { coverageHandlers } from './insurance/routes.ts'
import { daysOf } from './days.ts'
import type { Deps } from './deps.ts'
import { estimateHandlers } from './estimates/routes.ts'
import { historyHandlers } from './history/routes.ts'
import { invoiceHandlers } from './invoices/routes.ts'
import { billingJobs } from './jobs.ts'
import { countInvoices } from './metrics.ts'
import { paymentHandlers } from './payments/routes.ts'
import { planHandlers } from './plans/routes.ts'
import { priceHandlers } from './prices/routes.ts'
import { reportHandlers } from './reports/routes.ts'
import { statementHandlers } from './statements/routes.ts'

/** What visits cost, who owes it, and what was paid: the ledger. */
export const billingService = defineService({
  name: 'billing',
  slices: billingSlices,
  routes: billingRoutes,
  events: billingEvents,
  migrations: new URL('../prisma/migrations/', import.meta.url),
  build(platform, config) {
    const dayOf = daysOf(config.WELLGATE_BILLING_TIME_ZONE)
    const deps: Deps = {
      ...platform,
      outbox: countInvoices(platform.outbox, platform.metrics),
      config,
      currency: config.WELLGATE_CURRENCY,
      dayOf,
      today: () => dayOf(platform.now()),
      codeIndex: platform.blindIndex('price-code'),
    }
    return {
      handlers: {
        ...invoiceHandlers(deps),
        ...chargeHandlers(deps),
        ...priceHandlers(deps),
        ...coverageHandlers(deps),
        ...planHandlers(deps),
        ...statementHandlers(deps),
        ...estimateHandlers(deps),
        ...reportHandlers(deps),
        ...paymentHandlers(deps),
        ...historyHandlers(deps),
      },
      consumers: billingConsumers(deps),
      jobs: billingJobs(deps),
    }
  },
})
