import { expect, test } from 'vitest'
import { inScope, type Recorder } from '../observability/trace-scope.ts'
import { formatTraceparent, parseTraceparent, type TraceContext, unsampledTrace } from '../observability/traceparent.ts'
import { passOn, tracingBy } from '../observability/tracing.ts'
import { byTopic } from './kafka/kafka-transport.ts'
import { toRecord } from './kafka/member.ts'
import { arrivalOf, publishTraced } from './trace-messages.ts'
import type { LogRecord } from './transport.ts'

const traced = (context: TraceContext): LogRecord => ({
  topic: 'patient',
  key: 'k',
  headers: { 'ce-id': 'e1', traceparent: formatTraceparent(context) },
  value: '{}',
})

function remember() {
  const kept: { name: string; parent: TraceContext | undefined; context: TraceContext; failed?: boolean }[] = []
  const recorder: Recorder = {
    start: (name, _kind, _attributes, parent) => {
      const context = { ...unsampledTrace(), traceId: parent?.traceId ?? '', sampled: true }
      const span = { name, parent, context }
      kept.push(span)
      return { context, set: () => undefined, end: (failed) => void Object.assign(span, { failed }) }
    },
  }
  return { kept, tracing: tracingBy(recorder, 0) }
}

const keep = () => {
  const sent: LogRecord[] = []
  return { sent, publish: async (records: readonly LogRecord[]) => void sent.push(...records) }
}

test('each record goes on in its own trace, under a span of its own; those that are not kept as they are', async () => {
  const { kept, tracing } = remember()
  const transport = keep()
  const [one, two] = [unsampledTrace(), unsampledTrace()].map((context) => ({ ...context, sampled: true }))
  if (!one || !two) throw new Error('unreachable')
  const dropped = traced(unsampledTrace())
  const plain = { ...dropped, headers: { 'ce-id': 'e2' } }
  await publishTraced(transport, [traced(one), dropped, traced(two), plain], tracing)
  expect(kept.map(({ name, parent, failed }) => [name, parent?.spanId, failed])).toEqual([
    ['publish patient', one.spanId, false],
    ['publish patient', two.spanId, false],
  ])
  const contexts = transport.sent.map(({ headers }) => parseTraceparent(headers['traceparent']))
  expect([contexts[0], contexts[2]]).toEqual(kept.map(({ context }) => context))
  expect([transport.sent[1], transport.sent[3]]).toEqual([dropped, plain])
})

test('a broker that refuses makes the spans errors, and the refusal goes on', async () => {
  const { kept, tracing } = remember()
  const refusal = new Error('no')
  const publishing = publishTraced(
    { publish: () => Promise.reject(refusal) },
    [traced({ ...unsampledTrace(), sampled: true })],
    tracing,
  )
  await expect(publishing).rejects.toBe(refusal)
  expect(kept[0]?.failed).toBe(true)
})

test('off, records are passed on untouched', async () => {
  const transport = keep()
  const record = traced({ ...unsampledTrace(), sampled: true })
  await inScope({ context: unsampledTrace(), recorder: undefined }, () => publishTraced(transport, [record], passOn))
  expect(transport.sent).toEqual([record])
})

test("Kafka's headers carry the trace there and back", () => {
  const context = { ...unsampledTrace(), sampled: true }
  const [sent] = byTopic([traced(context)])
  const [message] = sent?.messages ?? []
  if (!sent || !message) throw new Error('nothing was sent')
  // On the wire a header's value is bytes, and kafkajs gives them as such.
  const headers = Object.fromEntries(Object.entries(message.headers).map(([name, text]) => [name, Buffer.from(text)]))
  const record = toRecord(sent.topic, { key: Buffer.from(message.key), value: Buffer.from(message.value), headers })
  expect(parseTraceparent(arrivalOf(record, 'records', 'e1', 'x').traceparent)).toEqual(context)
})
