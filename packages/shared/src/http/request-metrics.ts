import type { FastifyInstance } from 'fastify'
import { Histogram } from 'prom-client'
import type { Logger } from '../observability/logger.ts'
import type { Metrics } from '../observability/metrics.ts'

const BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 60]

/** One histogram and one log line a request, by the route's template: a path or a query may tell of a patient. */
export function observeRequests(app: FastifyInstance, { metrics, log }: { metrics: Metrics; log: Logger }): void {
  const name = 'http_request_duration_seconds'
  const known = metrics.registry.getSingleMetric(name)
  const histogram =
    known instanceof Histogram
      ? (known as Histogram<'route' | 'method' | 'status_class'>)
      : new Histogram({
          name,
          help: 'From the first byte of the request until the answer was handed to the network.',
          labelNames: ['route', 'method', 'status_class'],
          buckets: BUCKETS,
          registers: [metrics.registry],
        })
  app.addHook('onResponse', (request, reply, done) => {
    const route = request.routeOptions.url ?? 'unmatched'
    const status = reply.statusCode
    const ms = reply.elapsedTime
    histogram.observe({ route, method: request.method, status_class: `${Math.floor(status / 100)}xx` }, ms / 1000)
    log.info({ route, method: request.method, status, ms: Math.round(ms * 10) / 10, requestId: request.id }, 'request')
    done()
  })
}
