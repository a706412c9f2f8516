import { SERVICES } from '@wellgate/shared/contracts/services'
import { defineMetrics } from '@wellgate/shared/observability/metric-definition'

/** What only the gateway measures. */
export const gatewayMetrics = defineMetrics({
  breaker: {
    type: 'gauge',
    name: 'wellgate_upstream_breaker_open',
    help: 'Whether a service is not asked for a while because it did not answer (1), or is (0).',
    labels: { upstream: SERVICES },
  },
})
