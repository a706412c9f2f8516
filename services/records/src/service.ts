import { recordsEvents } from '@wellgate/shared/contracts/records/events'
import { recordsRoutes } from '@wellgate/shared/contracts/records/routes'
import { defineService } from '@wellgate/shared/runtime/service'
import { createChartRepository } from './chart/chart-repository.ts'
import { chartHandlers } from './chart/routes.ts'
import { recordsSlices } from './config.ts'
import { recordsConsumers } from './consumers.ts'

/** The chart: what is known of a patient's health. */
export const recordsService = defineService({
  name: 'records',
  slices: recordsSlices,
  routes: recordsRoutes,
  events: recordsEvents,
  migrations: new URL('../prisma/migrations/', import.meta.url),
  build(platform) {
    const chart = createChartRepository({ sealer: platform.sealer, codeIndex: platform.blindIndex('chart.code', 64) })
    return {
      handlers: chartHandlers(platform, chart),
      consumers: recordsConsumers(platform, chart),
    }
  },
})
