import { createTokenIssuer } from '@wellgate/shared/access/token-issuer'
import { identityEvents } from '@wellgate/shared/contracts/identity/events'
import { identityRoutes } from '@wellgate/shared/contracts/identity/routes'
import { readGauge } from '@wellgate/shared/observability/metrics'
import { defineService } from '@wellgate/shared/runtime/service'
import { accountHandlers } from './accounts/routes.ts'
import { activationHandlers } from './activation/routes.ts'
import { identitySlices } from './config.ts'
import { identityConsumers } from './consumers.ts'
import { facilityRepublisher } from './facilities/facility-events.ts'
import { createFacilityList } from './facilities/facility-repository.ts'
import { facilityHandlers } from './facilities/routes.ts'
import { heartbeat } from './heartbeat.ts'
import { createCounts, identityMetrics } from './metrics.ts'
import { sessionHandlers } from './sessions/routes.ts'
import { sweepSessions } from './sessions/sweep.ts'
import { createKeyRing } from './signing-keys/key-ring.ts'
import { retireOldKeys } from './signing-keys/rotate-signing-keys.ts'
import { signingKeyHandlers } from './signing-keys/routes.ts'

export const identityService = defineService({
  name: 'identity',
  slices: identitySlices,
  routes: identityRoutes,
  events: identityEvents,
  migrations: new URL('../prisma/migrations/', import.meta.url),
  async build(platform, config) {
    const ring = createKeyRing(platform)
    await ring.load()
    const counts = createCounts(platform.metrics)
    readGauge(platform.metrics, identityMetrics.signingKeyAge, (gauge) => {
      gauge.set((platform.now().getTime() - ring.signingSince().getTime()) / 1000)
    })
    const issuer = createTokenIssuer({
      issuer: config.WELLGATE_TOKEN_ISSUER,
      audience: config.WELLGATE_TOKEN_AUDIENCE,
      key: () => ring.signing(),
      now: () => platform.now().getTime(),
    })
    const facilityList = createFacilityList(platform.pool, platform.service)
    return {
      handlers: {
        ...sessionHandlers({ ...platform, issuer, counts }),
        ...accountHandlers(platform),
        ...activationHandlers({ ...platform, counts }),
        ...facilityHandlers(platform, facilityList),
        ...signingKeyHandlers(ring),
      },
      consumers: identityConsumers(platform),
      republisher: facilityRepublisher(platform.pool),
      jobs: [heartbeat(platform), ring.reload, retireOldKeys(platform), sweepSessions(platform)],
      jwks: async () => ring.jwks(),
      close: () => facilityList.close(),
    }
  },
})
