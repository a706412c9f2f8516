import { passOn, type Tracing } from '../observability/tracing.ts'
import { formatTraceparent } from '../observability/traceparent.ts'
import type { LogRecord, Transport } from './transport.ts'

/** The header in which a record carries its trace (W3C Trace Context). */
export const TRACEPARENT_HEADER = 'traceparent'

/**
 * Publishes, with a span for each record whose trace is kept: in a record's own trace, not in one of the batch, so that
 * one trace leads from a request to its effects. The record goes on under that span.
 */
export async function publishTraced(
  transport: Pick<Transport, 'publish'> & { readonly name?: string },
  records: readonly LogRecord[],
  tracing: Tracing = passOn,
): Promise<void> {
  const opened = records.map((record) => {
    const traceparent = record.headers[TRACEPARENT_HEADER]
    if (traceparent === undefined) return { record, span: undefined }
    const attributes = {
      ...systemOf(transport.name),
      'messaging.operation.type': 'send',
      'messaging.destination.name': record.topic,
      'messaging.message.id': record.headers['ce-id'] ?? '',
      'messaging.batch.message_count': records.length,
    }
    const trace = tracing.open(`publish ${record.topic}`, {
      kind: 'producer',
      attributes,
      traceparent,
      trusted: true,
      root: false,
    })
    if (!trace?.span) return { record, span: undefined }
    const headers = { ...record.headers, [TRACEPARENT_HEADER]: formatTraceparent(trace.span.context) }
    return { record: { ...record, headers }, span: trace.span }
  })
  let failed = true
  try {
    await transport.publish(opened.map(({ record }) => record))
    failed = false
  } finally {
    for (const { span } of opened) span?.end(failed)
  }
}

/** How the handling of a record begins, in the trace that it came with. */
export const arrivalOf = (record: LogRecord, group: string, eventId: string, eventType: string) => ({
  kind: 'consumer' as const,
  attributes: {
    'messaging.operation.type': 'process',
    'messaging.destination.name': record.topic,
    'messaging.consumer.group.name': group,
    'messaging.message.id': eventId,
    'wellgate.event_type': eventType,
  },
  traceparent: record.headers[TRACEPARENT_HEADER],
  trusted: true,
  root: false,
})

const systemOf = (name: string | undefined) =>
  name === undefined ? {} : { 'messaging.system': name === 'postgres' ? 'postgresql' : name }
