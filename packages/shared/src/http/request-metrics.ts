import type { FastifyInstance } from 'fastify'
import type { Logger } from '../observability/logger.ts'
import { counterOf, histogramOf, type Metrics } from '../observability/metrics.ts'
import { platformMetrics } from '../observability/platform-metrics.ts'
import { problemCodeOf } from './problems.ts'

const METHODS: ReadonlySet<string> = new Set(platformMetrics.requests.labels.method)

/** One histogram and one log line a request, by the route's template: a path or a query may tell of a patient. */
export function observeRequests(app: FastifyInstance, { metrics, log }: { metrics: Metrics; log: Logger }): void {
  const histogram = histogramOf(metrics, platformMetrics.requests)
  const problems = counterOf(metrics, platformMetrics.problems)
  app.addHook('onResponse', (request, reply, done) => {
    const route = request.routeOptions.url ?? 'unmatched'
    // A caller may name any method that Node's parser knows.
    const method = METHODS.has(request.method) ? request.method : '_OTHER'
    const status = reply.statusCode
    const ms = reply.elapsedTime
    const code = problemCodeOf(reply)
    histogram.observe({ route, method, status_class: `${Math.floor(status / 100)}xx` }, ms / 1000)
    if (code !== undefined) problems.inc({ route, code })
    const what = { route, method, status, ...(code === undefined ? {} : { code }) }
    log.info({ ...what, ms: Math.round(ms * 10) / 10, requestId: request.id }, 'request')
    done()
  })
}
