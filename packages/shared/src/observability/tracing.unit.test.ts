import { Writable } from 'node:stream'
import { expect, test } from 'vitest'
import { platformErrors } from '../errors/platform-errors.ts'
import { createLogger } from './logger.ts'
import { onlyAllowed, type SpanAttributes } from './span-attributes.ts'
import { currentTrace, currentTraceparent, inSpan, type Recorder } from './trace-scope.ts'
import { formatTraceparent, type TraceContext, unsampledTrace } from './traceparent.ts'
import { type Arrival, passOn, tracingBy } from './tracing.ts'

interface Kept {
  readonly name: string
  readonly context: TraceContext
  readonly parent: TraceContext | undefined
  attributes: SpanAttributes
  ended?: 'well' | 'failed'
}

function remember() {
  const kept: Kept[] = []
  const recorder: Recorder = {
    start: (name, _kind, attributes, parent) => {
      const fresh = unsampledTrace()
      const context = { ...fresh, traceId: parent?.traceId ?? fresh.traceId, sampled: true }
      const span: Kept = { name, context, parent, attributes }
      kept.push(span)
      return {
        context,
        set: (more) => void (span.attributes = { ...span.attributes, ...more }),
        end: (failed = false) => void (span.ended ??= failed ? 'failed' : 'well'),
      }
    },
  }
  return { kept, recorder }
}

const came = { ...unsampledTrace(), sampled: true }
const arrival = (more: Partial<Arrival> = {}): Arrival => ({
  kind: 'server',
  traceparent: undefined,
  trusted: true,
  root: true,
  ...more,
})

test('a span in a span is its child, in one trace, and both end', async () => {
  const { kept, recorder } = remember()
  const seen = await tracingBy(recorder, 1).run('outer', arrival(), async () => {
    await Promise.resolve()
    return inSpan('inner', { kind: 'client' }, async () => currentTrace())
  })
  expect(kept.map(({ name, ended }) => [name, ended])).toEqual([
    ['outer', 'well'],
    ['inner', 'well'],
  ])
  const [outer, inner] = kept
  expect(inner?.parent).toEqual(outer?.context)
  expect(seen).toEqual(inner?.context)
  expect(currentTrace()).toBeUndefined()
})

test('off, a trace that came is passed on, and nothing is made where none came', async () => {
  const passed = await passOn.run('x', arrival({ traceparent: formatTraceparent(came) }), () =>
    inSpan('y', { kind: 'client' }, async () => currentTraceparent()),
  )
  expect(passed).toBe(formatTraceparent(came))
  expect(await passOn.run('x', arrival(), async () => currentTraceparent())).toBeUndefined()
})

test('who is not trusted chooses the trace, but not whether it is kept', async () => {
  const { kept, recorder } = remember()
  const traceparent = formatTraceparent(came)
  const never = tracingBy(recorder, 0)
  const context = await never.run('x', arrival({ traceparent, trusted: false }), async () => currentTrace())
  expect(context).toEqual({ ...came, sampled: false })
  expect(kept).toHaveLength(0)
  await never.run('x', arrival({ traceparent }), async () => undefined)
  expect(kept).toHaveLength(1)
  const always = tracingBy(recorder, 1)
  await always.run('x', arrival({ traceparent: formatTraceparent({ ...came, sampled: false }) }), async () => undefined)
  expect(kept).toHaveLength(1)
})

test('a trace that is not kept still has an id, for log lines and for what is sent', async () => {
  const { recorder } = remember()
  const context = await tracingBy(recorder, 0).run('x', arrival(), async () => currentTrace())
  expect(context).toMatchObject({ traceId: expect.stringMatching(/^[0-9a-f]{32}$/), sampled: false })
})

test('where none came and none begins, there is none', async () => {
  const { kept, recorder } = remember()
  const context = await tracingBy(recorder, 1).run('x', arrival({ root: false }), async () => currentTrace())
  expect(context).toBeUndefined()
  expect(kept).toHaveLength(0)
})

test('the share that is kept is the one asked for', () => {
  const { recorder } = remember()
  const tracing = tracingBy(recorder, 0.25)
  const kept = Array.from({ length: 4_000 }, () => tracing.open('x', arrival())).filter((opened) => opened?.span)
  // 4,000 tosses at 1/4: 1,000 expected, six standard deviations are 164.
  expect(kept.length).toBeGreaterThan(836)
  expect(kept.length).toBeLessThan(1_164)
})

test.each([
  [new TypeError('Ingrid'), 'TypeError', 'failed'],
  [Object.assign(new Error('Ingrid'), { code: '23505' }), '23505', 'failed'],
  [Object.assign(new Error('Ingrid'), { code: 'row of Ingrid', name: 'of Ingrid' }), 'object', 'failed'],
  [platformErrors['not-found'](), 'not-found', 'well'],
  [platformErrors.unavailable(), 'unavailable', 'failed'],
] as const)('%s is told by a code only', async (error, type, ended) => {
  const { kept, recorder } = remember()
  const failing = tracingBy(recorder, 1).run('x', arrival(), async () => {
    throw error
  })
  await expect(failing).rejects.toBe(error)
  expect(kept[0]).toMatchObject({ attributes: { 'error.type': type }, ended })
  expect(JSON.stringify(kept)).not.toContain('Ingrid')
})

test('an attribute that is not on the list, or reads like prose, does not leave', () => {
  const attributes = {
    'http.route': '/v1/patients/:patientId',
    'http.response.status_code': 200,
    'wellgate.outcome': 'Ingrid Olsen, born 1950',
    'url.path': '/v1/patients/17',
    'wellgate.event_type': 'x'.repeat(161),
  }
  expect(onlyAllowed(attributes)).toEqual({
    'http.route': '/v1/patients/:patientId',
    'http.response.status_code': 200,
  })
})

test('a log line in a trace says in which', async () => {
  const lines: string[] = []
  const destination = new Writable({
    write(chunk, _encoding, done) {
      lines.push(String(chunk))
      done()
    },
  })
  const log = createLogger({ service: 'test', destination })
  log.info('before')
  await passOn.run('x', arrival({ traceparent: formatTraceparent(came) }), async () => {
    log.child({ route: '/x' }).info({ status: 200 }, 'within')
  })
  const [before, within] = lines.map((line) => JSON.parse(line) as Record<string, unknown>)
  expect(before).not.toHaveProperty('trace_id')
  expect(within).toMatchObject({ trace_id: came.traceId, span_id: came.spanId, status: 200, route: '/x' })
})
