import { afterEach, expect, test } from 'vitest'
import { createLogger } from '../src/observability/logger.ts'
import { createMetrics } from '../src/observability/metrics.ts'
import { currentTrace } from '../src/observability/trace-scope.ts'
import { formatTraceparent, unsampledTrace } from '../src/observability/traceparent.ts'
import { createTracing, type Tracing } from '../src/observability/tracing.ts'
import { type OtlpSink, startOtlpSink } from '../src/testing/otlp-sink.ts'
import { actorOf, ANA, startTestServer, type TestServer } from './http-fixture.ts'

const CANARY = 'zq7canary'
const closing: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const close of closing.splice(0).toReversed()) await close()
})

async function start(options: { ratio?: number; trusted?: boolean; mode?: 'take' | 'hang' } = {}) {
  const sink: OtlpSink = await startOtlpSink(options.mode)
  const tracing: Tracing = await createTracing({
    service: 'records',
    version: '1',
    endpoint: sink.url,
    sampleRatio: options.ratio ?? 1,
    log: createLogger({ service: 'test', level: 'silent' }),
    metrics: createMetrics('test'),
  })
  let within: ReturnType<typeof currentTrace>
  const server: TestServer = await startTestServer({
    tracing,
    trustRequestId: options.trusted ?? false,
    handlers: {
      'records.change-chart': async ({ params, body, ifMatch }) => {
        within = currentTrace()
        return { status: 200, body: { patientId: params.patientId, text: body.text }, etag: ifMatch + 1 }
      },
      'records.log-out': () => Promise.reject(new Error(CANARY)),
    },
  })
  closing.push(
    () => sink.stop(),
    () => server.app.close(),
  )
  const change = (headers: Record<string, string> = {}, text: string = CANARY) =>
    server.app.inject({
      method: 'PATCH',
      url: `/v1/patients/${ANA}/chart?${CANARY}=${CANARY}`,
      headers: {
        authorization: `Bearer ${server.tokenOf(actorOf({ patientId: ANA }))}`,
        'if-match': '"1"',
        ...headers,
      },
      payload: { text },
    })
  return { sink, tracing, server, change, within: () => within }
}

test('a request is one server span by its template, the trace is there after the body was read, and says nothing of a patient', async () => {
  const { sink, tracing, server, change, within } = await start()
  const answer = await change({ 'x-canary': CANARY, 'user-agent': CANARY })
  expect(answer.statusCode).toBe(200)
  await server.app.inject({
    method: 'DELETE',
    url: '/v1/own/session',
    headers: { authorization: `Bearer ${server.tokenOf(actorOf())}` },
  })
  await server.app.inject({ method: 'GET', url: `/v1/${CANARY}` })
  await change({}, `${CANARY} far too long for its schema`)
  await tracing.shutdown()
  const roots = sink.spans.filter(({ kind }) => kind === 2)
  expect(roots.map(({ name, failed, attributes }) => [name, attributes['http.response.status_code'], failed])).toEqual([
    ['PATCH /v1/patients/:patientId/chart', 200, false],
    ['DELETE /v1/own/session', 500, true],
    ['GET unmatched', 404, false],
    ['PATCH /v1/patients/:patientId/chart', 400, false],
  ])
  expect(within()?.traceId).toBe(roots[0]?.traceId)
  expect(roots[0]?.attributes['wellgate.request_id']).toBe(answer.headers['x-request-id'])
  const audit = sink.spans.find(({ name }) => name === 'audit')
  expect([audit?.traceId, audit?.parentSpanId]).toEqual([roots[0]?.traceId, roots[0]?.spanId])
  expect(sink.text()).not.toContain(CANARY)
  expect(sink.text()).not.toContain(ANA)
  const lines = server
    .logged()
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>)
  expect(lines.filter(({ msg }) => msg === 'request').map(({ trace_id: id }) => id)).toEqual(
    roots.map(({ traceId }) => traceId),
  )
})

test("the gateway's choice counts where only it can ask, and nobody else's", async () => {
  const kept = { ...unsampledTrace(), sampled: true }
  const behind = await start({ ratio: 0, trusted: true })
  await behind.change({ traceparent: formatTraceparent(kept) })
  await behind.tracing.shutdown()
  expect(behind.sink.spans.find(({ kind }) => kind === 2)).toMatchObject({
    traceId: kept.traceId,
    parentSpanId: kept.spanId,
  })
  const open = await start({ ratio: 0 })
  await open.change({ traceparent: formatTraceparent(kept) })
  await open.tracing.shutdown()
  expect(open.within()).toMatchObject({ traceId: kept.traceId, sampled: false })
  expect(open.sink.asked).toBe(0)
})

test('a collector that hangs slows no request and fails none', async () => {
  const { change, tracing } = await start({ mode: 'hang' })
  const slowest: number[] = []
  for (let n = 0; n < 200; n++) {
    const began = performance.now()
    expect((await change()).statusCode).toBe(200)
    slowest.push(performance.now() - began)
  }
  expect(Math.max(...slowest)).toBeLessThan(1_000)
  await tracing.shutdown()
})
