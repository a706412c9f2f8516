import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Series, scrape } from '@wellgate/shared/testing/scraped'
import { startOtlpSink, type OtlpSink, type SunkSpan } from '@wellgate/shared/testing/otlp-sink'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { metricSections } from '../../scripts/docs/metrics.ts'
import { logIn } from '../src/journey/import-to-screen.ts'
import { startStack, until, type Stack } from '../src/stack.ts'
import { canary } from '../src/tokens.ts'

let sink: OtlpSink
let stack: Stack

beforeAll(async () => {
  sink = await startOtlpSink()
  stack = await startStack({
    args: ['--no-demo'],
    env: { WELLGATE_TRACES_URL: sink.url, WELLGATE_TRACES_SAMPLE_RATIO: '1' },
  })
  // As long as a start may take.
}, 120_000)

afterAll(async () => {
  await stack?.stop()
  await sink?.stop()
}, 60_000)

/** Who hears of a new patient. */
const READERS = ['appointments', 'billing', 'identity', 'records']

const TRACE = '0af7651916cd43dd8448eb211c80319c'

it('one trace leads from a click to its effects in other services, and says nothing of the patient', async () => {
  const login = stack.demo.staff.find(({ role }) => role === 'front-desk')
  if (!login) throw new Error('there is no front desk')
  const { accessToken } = await logIn(stack.portal, login)
  const tokens = Array.from({ length: 4 }, () => canary())
  const [family = '', given = '', city = '', note = ''] = tokens
  const registered = await stack.portal.send('POST', `/v1/admin/patients`, {
    token: accessToken,
    headers: { traceparent: `00-${TRACE}-b7ad6b7169203331-01`, 'x-note': note },
    body: {
      name: { family, given: [given] },
      birthDate: '1951-03-17',
      gender: 'female',
      addresses: [{ line: ['1 Road'], city }],
      telecoms: [{ system: 'phone', value: '555-0917' }],
    },
  })
  expect(registered.status).toBe(201)
  const patientId = String(registered.body.id)
  await stack.portal.expect(200, 'GET', `/v1/patients/${patientId}`, { token: accessToken })
  const mine = () => sink.spans.filter(({ traceId }) => traceId === TRACE)
  const consumed = () => mine().filter(({ kind, name }) => kind === 5 && name === 'process patient')
  const arrived = () => mine().some(({ service, kind }) => service === 'wellgate-gateway' && kind === 2)
  await until(20_000, 'spans of the gateway and all consumers', () => arrived() && consumed().length >= READERS.length)
  await until(10_000, 'no span without its parent', () => rootsOf(mine()).length === 1)

  // Each span's way up to the click, as the spans' names.
  const byId = new Map(mine().map((span) => [span.spanId, span]))
  const way = (span: SunkSpan): string[] => {
    const parent = byId.get(span.parentSpanId ?? '')
    return [...(parent ? way(parent) : []), `${span.service.replace('wellgate-', '')}: ${span.name}`]
  }
  expect(
    consumed()
      .map((span) => way(span).join(' > '))
      .toSorted(),
  ).toEqual(
    READERS.map((reader) =>
      [
        'gateway: POST /v1/admin/patients',
        'gateway: POST patients',
        'patients: POST /v1/admin/patients',
        'patients: transaction',
        'patients: append patient',
        'patients: publish patient',
        `${reader}: process patient`,
      ].join(' > '),
    ),
  )
  const names = new Set(mine().map((span) => way(span).slice(-2).join(' > ')))
  for (const expected of [
    'patients: append patient > patients: outbox_append',
    'records: transaction > records: inbox_claim',
    'records: process patient > records: transaction',
    'patients: POST /v1/admin/patients > patients: audit',
  ]) {
    expect([...names]).toContain(expected)
  }
  expect(mine().filter(({ failed }) => failed)).toEqual([])

  // No value of the patient, no path and no token in anything that was sent.
  for (const secret of [...tokens, '1951-03-17', '555-0917', patientId, accessToken, login.email]) {
    expect(sink.text()).not.toContain(secret)
  }

  // The log lines of each service on the way name the trace.
  await until(5_000, 'log lines with the trace', () => {
    const logs = readdirSync(join(stack.dataDir, 'logs')).filter((file) =>
      readFileSync(join(stack.dataDir, 'logs', file), 'utf8').includes(`"trace_id":"${TRACE}"`),
    )
    return ['gateway.log', 'patients.log'].every((file) => logs.includes(file))
  })
}, 60_000)

const SERVICES = ['gateway', 'identity', 'patients', 'records', 'interop', 'appointments', 'billing'] as const
const defined = new Map(metricSections.flatMap(([, metrics]) => Object.values(metrics)).map((one) => [one.name, one]))

/** The metric of a series: a histogram has three names for one. */
const metricOf = (name: string) => defined.get(name) ?? defined.get(name.replace(/_(bucket|sum|count)$/, ''))

function scrapeOf(service: string): Promise<Series[]> {
  const env = readFileSync(join(stack.dataDir, 'env', `${service}.env`), 'utf8')
  const port = /WELLGATE_OPS_PORT="(\d+)"/.exec(env)?.[1]
  return scrape(`http://127.0.0.1:${port}`)
}

it('metrics have the labels that are defined, and a caller cannot make more of them', async () => {
  const login = stack.demo.staff.find(({ role }) => role === 'front-desk')
  if (!login) throw new Error('there is no front desk')
  const { accessToken: token } = await logIn(stack.portal, login)
  const secret = canary()
  const round = async (n: number) => {
    for (const method of ['GET', 'PUT', 'PROPFIND', 'MKCOL']) {
      await stack.portal.send(method, `/v1/${secret}-${n}/x`, { token })
      await stack.portal.send(method, `/v1/patients/${secret}${n}`, { token })
      await stack.portal.send(method, `/v1/patients/me?${secret}${n}=1`, { token })
    }
    const body = { email: `${secret}${n}@home.example`, password: `${secret}-${n}-password` }
    await stack.portal.send('POST', '/v1/sessions', { body })
    await stack.portal.send('POST', '/v1/admin/patients/search', { token, body: { name: `${secret}${n}` } })
  }
  for (let n = 0; n < 3; n++) await round(n)
  const before = await Promise.all(SERVICES.map(scrapeOf))
  for (let n = 3; n < 13; n++) await round(n)
  const after = await Promise.all(SERVICES.map(scrapeOf))

  for (const [at, series] of after.entries()) {
    const ours = series.filter(({ name }) => /^(wellgate|http)_/.test(name))
    for (const { name, labels } of ours) {
      const metric = metricOf(name)
      expect(metric, name).toBeDefined()
      for (const [label, value] of Object.entries(labels)) {
        if (label === 'service' || label === 'le') continue
        const values = metric?.labels[label]
        expect(values, `${name} has a label ${label}`).toBeDefined()
        if (Array.isArray(values)) expect(values, `${name}{${label}}`).toContain(value)
      }
    }
    // Ten times as much of what is odd makes no series; one that a slow job adds meanwhile is another matter.
    const requests = (all: readonly Series[]) =>
      all.filter(({ name }) => /^http_|problems|log_ins|handled/.test(name)).length
    expect(requests(series), SERVICES[at]).toBe(requests(before[at] ?? []))
    expect(series.length, SERVICES[at]).toBeLessThan(2_500)
    expect(JSON.stringify(series)).not.toContain(secret)
  }
}, 60_000)

/** Spans whose parent was not sent by any of ours. */
const rootsOf = (spans: readonly SunkSpan[]): SunkSpan[] => {
  const known = new Set(spans.map(({ spanId }) => spanId))
  return spans.filter(({ parentSpanId }) => !known.has(parentSpanId ?? ''))
}
