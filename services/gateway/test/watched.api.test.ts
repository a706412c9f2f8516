import { createLogger } from '@wellgate/shared/observability/logger'
import { createMetrics } from '@wellgate/shared/observability/metrics'
import { createTracing, type Tracing } from '@wellgate/shared/observability/tracing'
import { type OtlpSink, startOtlpSink } from '@wellgate/shared/testing/otlp-sink'
import { seriesOf, valuesBy } from '@wellgate/shared/testing/scraped'
import { afterEach, describe, expect, it } from 'vitest'
import { startGateway, startUpstream } from './harness.ts'

const stops: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const stop of stops.splice(0).toReversed()) await stop()
})

async function start(tracing?: Tracing) {
  const upstream = await startUpstream()
  stops.push(() => upstream.stop())
  const gateway = await startGateway({ WELLGATE_UPSTREAM_PATIENTS: upstream.url }, undefined, tracing)
  stops.push(() => gateway.stop())
  const read = (headers: Record<string, string> = {}) => fetch(`${gateway.url}/v1/patients/me`, { headers })
  const seen = (name: string) => upstream.seen.map(({ headers }) => headers[name])
  return { upstream, gateway, read, seen }
}

async function trace(mode: 'take' | 'hang', sampleRatio: number): Promise<{ sink: OtlpSink; tracing: Tracing }> {
  const sink = await startOtlpSink(mode)
  stops.push(() => sink.stop())
  const log = createLogger({ service: 'gateway', level: 'silent' })
  const metrics = createMetrics('gateway')
  const tracing = await createTracing({
    service: 'gateway',
    version: '1',
    endpoint: sink.url,
    sampleRatio,
    log,
    metrics,
  })
  return { sink, tracing }
}

const TRACE = '0af7651916cd43dd8448eb211c80319c'
const came = { traceparent: `00-${TRACE}-b7ad6b7169203331-01` }

describe('traces', () => {
  it("off, a caller's trace goes through as it came", async () => {
    const { read, seen } = await start()
    await read(came)
    await read({ traceparent: 'no such thing' })
    expect(seen('traceparent')).toEqual([came.traceparent, 'no such thing'])
  })

  it('on, the service hears of the span that asks it, in the trace of the caller', async () => {
    const { sink, tracing } = await trace('take', 1)
    const { read, seen } = await start(tracing)
    expect((await read(came)).status).toBe(200)
    await tracing.shutdown()
    const [server, client] = [2, 3].map((kind) => sink.spans.find((span) => span.kind === kind))
    expect(server).toMatchObject({
      name: 'GET /v1/patients/:patientId',
      traceId: TRACE,
      parentSpanId: 'b7ad6b7169203331',
    })
    expect(client).toMatchObject({ name: 'GET patients', traceId: TRACE, parentSpanId: server?.spanId, failed: false })
    expect(client?.attributes).toMatchObject({ 'peer.service': 'patients', 'http.response.status_code': 200 })
    expect(seen('traceparent')).toEqual([`00-${TRACE}-${client?.spanId}-01`])
  })

  it('no caller can make us keep its traces', async () => {
    const { sink, tracing } = await trace('take', 0)
    const { read, seen } = await start(tracing)
    for (let n = 0; n < 20; n++) await read(came)
    await tracing.shutdown()
    expect(sink.asked).toBe(0)
    expect(new Set(seen('traceparent'))).toEqual(new Set([came.traceparent.replace(/01$/, '00')]))
  })

  it('a collector that hangs fails no request', async () => {
    const { tracing } = await trace('hang', 1)
    const { read } = await start(tracing)
    for (let n = 0; n < 50; n++) expect((await read()).status).toBe(200)
    await tracing.shutdown()
  })
})

it('a service that does not answer shows: its breaker, and the problem that callers were told', async () => {
  const { upstream, gateway, read } = await start()
  const series = async () => seriesOf(await gateway.metrics.registry.metrics())
  expect(valuesBy(await series(), 'wellgate_upstream_breaker_open', 'upstream')).toEqual({ patients: 0 })
  upstream.hangUp()
  for (let n = 0; n < 7; n++) expect((await read()).status).toBe(503)
  expect(valuesBy(await series(), 'wellgate_upstream_breaker_open', 'upstream')).toEqual({ patients: 1 })
  const problems = (await series()).filter(({ name }) => name === 'wellgate_problems_total')
  expect(problems).toMatchObject([
    { labels: { service: 'gateway', route: '/v1/patients/:patientId', code: 'upstream-down' }, value: 7 },
  ])
})
