import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Logger } from '../observability/logger.ts'
import { counterOf, histogramOf, type Metrics } from '../observability/metrics.ts'
import { platformMetrics } from '../observability/platform-metrics.ts'
import { onCut } from './cut-answers.ts'
import { problemCodeOf } from './problems.ts'

const METHODS: ReadonlySet<string> = new Set(platformMetrics.requests.labels.method)

/** One histogram and one log line a request, by the route's template: a path or a query may tell of a patient. */
export function observeRequests(app: FastifyInstance, { metrics, log }: { metrics: Metrics; log: Logger }): void {
  const histogram = histogramOf(metrics, platformMetrics.requests)
  const problems = counterOf(metrics, platformMetrics.problems)
  const observe = (request: FastifyRequest, reply: FastifyReply, cut: boolean): void => {
    const route = request.routeOptions.url ?? 'unmatched'
    // A caller may name any method that Node's parser knows.
    const method = METHODS.has(request.method) ? request.method : '_OTHER'
    const status = reply.statusCode
    const ms = reply.elapsedTime
    const code = problemCodeOf(reply)
    const statusClass = cut ? 'cut' : `${Math.floor(status / 100)}xx`
    histogram.observe({ route, method, status_class: statusClass }, ms / 1000)
    if (code !== undefined) problems.inc({ route, code })
    const what = { route, method, status, ...(code === undefined ? {} : { code }), ...(cut ? { cut } : {}) }
    log.info({ ...what, ms: Math.round(ms * 10) / 10, requestId: request.id }, 'request')
  }
  app.addHook('onResponse', (request, reply, done) => {
    observe(request, reply, false)
    done()
  })
  onCut(app, (request, reply) => observe(request, reply, true))
}
