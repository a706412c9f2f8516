import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createLogger } from '@wellgate/shared/observability/logger'
import { createMetrics } from '@wellgate/shared/observability/metrics'
import { createTracing, type Tracing } from '@wellgate/shared/observability/tracing'
import { type OtlpSink, startOtlpSink } from '@wellgate/shared/testing/otlp-sink'
import { seriesOf, valuesBy } from '@wellgate/shared/testing/scraped'
import { afterEach, describe, expect, it, vi } from 'vitest'
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

describe('an answer that breaks off at the service', () => {
  const LENGTH = 1024 * 1024
  /** A gateway before a service that begins a large answer, and hangs up after so many bytes of its body. */
  async function behind(bytes: number, tracing?: Tracing) {
    const hangUp = (response: ServerResponse) => {
      response.writeHead(200, { 'content-length': LENGTH, etag: '"1"' })
      if (bytes === 0) response.flushHeaders()
      else response.write('x'.repeat(bytes))
      // What was written is on its way before the connection ends.
      response.socket?.end()
    }
    const service = createServer((_request, response) => hangUp(response))
    await new Promise<void>((done) => service.listen(0, '127.0.0.1', done))
    stops.push(() => new Promise((done) => service.close(done)))
    const url = `http://127.0.0.1:${(service.address() as AddressInfo).port}`
    const gateway = await startGateway({ WELLGATE_UPSTREAM_PATIENTS: url }, undefined, tracing)
    stops.push(() => gateway.stop())
    const classes = async () =>
      valuesBy(
        seriesOf(await gateway.metrics.registry.metrics()),
        'http_request_duration_seconds_count',
        'status_class',
      )
    return { read: () => fetch(`${gateway.url}/v1/patients/me`), classes }
  }

  it('is counted apart from whole ones, and its span has failed', async () => {
    const { sink, tracing } = await trace('take', 1)
    const { read, classes } = await behind(1024, tracing)
    const half = await read()
    expect(half.status).toBe(200)
    await expect(half.text()).rejects.toThrow(TypeError)
    await vi.waitFor(async () => expect(await classes()).toEqual({ cut: 1 }))
    await tracing.shutdown()
    const server = sink.spans.find(({ kind }) => kind === 2)
    expect(server).toMatchObject({ failed: true })
    expect(server?.attributes).toMatchObject({ 'http.response.status_code': 200, 'error.type': 'cut' })
  })

  it('is no answer before its first byte', async () => {
    const { read, classes } = await behind(0)
    const response = await read()
    expect([response.status, response.headers.get('etag')]).toEqual([503, null])
    expect(response.headers.get('retry-after')).toBe('2')
    expect(await response.json()).toMatchObject({ code: 'upstream-down' })
    expect(await classes()).toEqual({ '5xx': 1 })
  })
})
