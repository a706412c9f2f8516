import { afterEach, expect, test, vi } from 'vitest'
import { createLogger } from '../src/observability/logger.ts'
import { createMetrics } from '../src/observability/metrics.ts'
import { inSpan } from '../src/observability/trace-scope.ts'
import { formatTraceparent, unsampledTrace } from '../src/observability/traceparent.ts'
import { createTracing } from '../src/observability/tracing.ts'
import { type OtlpSink, startOtlpSink } from '../src/testing/otlp-sink.ts'

const log = createLogger({ service: 'test', level: 'silent' })
const sinks: OtlpSink[] = []
afterEach(async () => {
  for (const sink of sinks.splice(0)) await sink.stop()
})

async function start(mode?: 'take' | 'refuse' | 'hang', sampleRatio = 1) {
  const sink = await startOtlpSink(mode)
  sinks.push(sink)
  const metrics = createMetrics('test')
  const tracing = await createTracing({
    service: 'records',
    version: '1',
    endpoint: sink.url,
    sampleRatio,
    log,
    metrics,
  })
  const lost = async () => (await metrics.registry.getSingleMetric('wellgate_trace_spans_total')?.get())?.values
  return { sink, tracing, lost }
}

const arrival = { kind: 'server', traceparent: undefined, trusted: false, root: true } as const

test('spans reach the collector when the process ends, with kinds, parents and outcomes', async () => {
  const { sink, tracing } = await start()
  const came = { ...unsampledTrace(), sampled: true }
  await tracing.run('GET /x', { ...arrival, traceparent: formatTraceparent(came) }, async (span) => {
    span.set({ 'http.response.status_code': 200, 'http.route': '/x' })
    await inSpan('patients.by-id', { kind: 'client' }, () => Promise.reject(new RangeError('row of Ingrid'))).catch(
      () => undefined,
    )
  })
  await tracing.shutdown()
  const server = sink.spans.find(({ name }) => name === 'GET /x')
  expect(server).toMatchObject({
    service: 'wellgate-records',
    kind: 2,
    traceId: came.traceId,
    parentSpanId: came.spanId,
    failed: false,
  })
  expect(server?.attributes).toEqual({ 'http.response.status_code': 200, 'http.route': '/x' })
  expect(sink.spans.find(({ name }) => name === 'patients.by-id')).toMatchObject({
    kind: 3,
    parentSpanId: server?.spanId,
    failed: true,
    attributes: { 'error.type': 'RangeError' },
  })
  expect(sink.text()).not.toContain('Ingrid')
})

test('a collector that hangs costs spans: work goes on at its pace, memory is bounded, and the end is', async () => {
  const { sink, tracing } = await start('hang')
  const began = performance.now()
  for (let n = 0; n < 20_000; n++) await tracing.run('x', arrival, async () => undefined)
  await vi.waitFor(() => expect(sink.asked).toBeGreaterThan(0), { timeout: 5_000 })
  expect(performance.now() - began).toBeLessThan(10_000)
  const ending = performance.now()
  await tracing.shutdown()
  expect(performance.now() - ending).toBeLessThan(2_500)
  expect(sink.asked).toBeLessThan(20)
})

test('what a collector refuses is counted', async () => {
  const { tracing, lost } = await start('refuse')
  await tracing.run('x', arrival, async () => undefined)
  await tracing.shutdown()
  expect(await lost()).toMatchObject([{ value: 1, labels: { result: 'failed' } }])
})

test('a collector that is not there is no error of anybody', async () => {
  const { sink, tracing, lost } = await start()
  await sink.stop()
  await tracing.run('x', arrival, async () => undefined)
  await tracing.shutdown()
  await vi.waitFor(async () => expect(await lost()).toMatchObject([{ labels: { result: 'failed' } }]), {
    timeout: 8_000,
  })
})
