import { billingPatientRoutes } from '@wellgate/shared/contracts/billing/patient-routes'
import { serviceSlices } from '@wellgate/shared/runtime/config'
import { defineService } from '@wellgate/shared/runtime/service'
import { historyConsumers } from '../src/history/consumers.ts'
import { historyHandlers } from '../src/history/routes.ts'

const routes = billingPatientRoutes.filter((each) => each.id === 'billing.list-billing-history')

export const billingService = defineService({
  name: 'billing',
  slices: serviceSlices,
  routes,
  migrations: new URL('../prisma/migrations/', import.meta.url),
  build: (platform) => ({ handlers: historyHandlers(platform), consumers: historyConsumers(platform) }),
})
