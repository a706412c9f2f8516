import { z } from 'zod'
import type { Envelope } from './envelope.ts'
import type { LogRecord } from './transport.ts'

/** Carries the wrapped data key of a protected payload. */
export const SEALED_KEY_HEADER = 'wellgate-sealed-key'

/** An event between the outbox and a handler: envelope, and the sealed payload where the contract is protected. */
export interface Message {
  readonly topic: string
  /** Messages of one key keep their order. */
  readonly key: string
  readonly id: string
  readonly headers: Readonly<Record<string, string>>
  readonly envelope: Envelope
  readonly payload?: Buffer
}

/** A record that is not a CloudEvents 1.0 message. Says where, never what. */
export class InvalidMessage extends Error {
  readonly code = 'invalid-message'
  constructor(where: string) {
    super(`not a CloudEvents 1.0 message: ${where}`)
    this.name = 'InvalidMessage'
  }
}

const wire = z.looseObject({
  specversion: z.literal('1.0'),
  id: z.uuid(),
  source: z.string(),
  type: z.string(),
  subject: z.string(),
  time: z.string(),
  datacontenttype: z.literal('application/json'),
  partitionkey: z.string(),
  aggregateversion: z.number(),
  traceparent: z.string().exactOptional(),
  data: z.unknown().optional(),
  data_base64: z.base64().optional(),
})

/** A message as it lies in a log: CloudEvents structured JSON; a sealed payload as `data_base64`. */
export function encodeMessage(message: Message): LogRecord {
  const sealed = message.payload ? { data_base64: message.payload.toString('base64') } : {}
  return {
    topic: message.topic,
    key: message.key,
    type: message.envelope.type,
    headers: { 'content-type': 'application/cloudevents+json', 'ce-id': message.id, ...message.headers },
    value: JSON.stringify({ ...message.envelope, ...sealed }),
  }
}

/** Reads what {@link encodeMessage} wrote; unknown attributes are kept. Throws {@link InvalidMessage}. */
export function decodeMessage(record: LogRecord): Message {
  const parsed = wire.safeParse(parseJson(record.value))
  if (!parsed.success) throw new InvalidMessage(pathsOf(parsed.error))
  const { data_base64: sealed, ...envelope } = parsed.data
  if (envelope.partitionkey !== record.key) throw new InvalidMessage('partitionkey')
  return {
    topic: record.topic,
    key: record.key,
    id: envelope.id,
    headers: record.headers,
    envelope,
    ...(sealed === undefined ? {} : { payload: Buffer.from(sealed, 'base64') }),
  }
}

/** The places a zod error names, without the values found there. */
export function pathsOf(error: z.ZodError): string {
  const paths = error.issues.map((issue) => `${issue.path.join('.') || '(root)'}: ${issue.code}`)
  return [...new Set(paths)].slice(0, 10).join(', ')
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw new InvalidMessage('not JSON')
  }
}
