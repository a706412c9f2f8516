import type { FastifyInstance, FastifyRequest } from 'fastify'
import { inScope } from '../observability/trace-scope.ts'
import { passOn, type Opened, type Tracing } from '../observability/tracing.ts'
import { onCut } from './cut-answers.ts'

const METHODS = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'])

/**
 * One server span a request, named by the route's template, and its trace around all that the request does. Register it
 * before other hooks. `trusted`: only the gateway can reach this process, so its choice of what is kept counts.
 */
export function traceRequests(app: FastifyInstance, options: { tracing: Tracing; trusted: boolean }): void {
  const { tracing, trusted } = options
  const opened = new WeakMap<FastifyRequest, Opened>()
  // Fastify goes on from a socket's event after a body and after an answer: the trace must be entered again there.
  const enter = (request: FastifyRequest, next: () => void): void => {
    const trace = opened.get(request)
    if (trace) inScope(trace.scope, next)
    else next()
  }
  app.addHook('onRequest', (request, _reply, done) => {
    const { traceparent } = request.headers
    if (tracing === passOn && traceparent === undefined) return done()
    const route = request.routeOptions.url ?? 'unmatched'
    const method = METHODS.has(request.method) ? request.method : '_OTHER'
    const attributes = { 'http.request.method': method, 'http.route': route, 'wellgate.request_id': request.id }
    const trace = tracing.open(`${method} ${route}`, { kind: 'server', attributes, traceparent, trusted, root: true })
    if (trace) opened.set(request, trace)
    return enter(request, done)
  })
  app.addHook('preValidation', (request, _reply, done) => enter(request, done))
  app.addHook('onResponse', (request, reply, done) => {
    const span = opened.get(request)?.span
    const status = reply.statusCode
    span?.set({ 'http.response.status_code': status, ...(status >= 500 ? { 'error.type': String(status) } : {}) })
    span?.end(status >= 500)
    enter(request, done)
  })
  onCut(app, (request, reply) => {
    const span = opened.get(request)?.span
    span?.set({ 'http.response.status_code': reply.statusCode, 'error.type': 'cut' })
    span?.end(true)
  })
  app.addHook('onRequestAbort', (request, done) => {
    const span = opened.get(request)?.span
    span?.set({ 'error.type': 'aborted' })
    span?.end()
    done()
  })
}
