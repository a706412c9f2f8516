import { interopEvents } from '@wellgate/shared/contracts/interop/events'
import { interopRoutes } from '@wellgate/shared/contracts/interop/routes'
import { defineService } from '@wellgate/shared/runtime/service'
import { interopSlices } from './config.ts'
import { interopConsumers } from './consumers.ts'
import { createDeleteOldBundles } from './imports/delete-old-bundles.ts'
import { importDepsOf } from './imports/import-deps.ts'
import { importHandlers } from './imports/routes.ts'

const HOUR_MS = 3_600_000

export const interopService = defineService({
  name: 'interop',
  slices: interopSlices,
  routes: interopRoutes,
  events: interopEvents,
  migrations: new URL('../prisma/migrations/', import.meta.url),
  build: (platform, config) => {
    const deps = importDepsOf(platform, { sendsBilling: config.WELLGATE_IMPORT_BILLING })
    const deleteOldBundles = createDeleteOldBundles(deps)
    return {
      handlers: importHandlers(deps),
      consumers: interopConsumers(deps),
      jobs: [
        {
          name: 'delete-old-bundles',
          role: 'relay',
          everyMs: HOUR_MS,
          run: async (signal) => void (await deleteOldBundles(signal)),
        },
      ],
    }
  },
})
