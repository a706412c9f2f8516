import type { EventContract, Received } from '../contracts/event.ts'
import type { Tx } from '../db/tx.ts'
import { wireType } from './envelope.ts'
import { decodeMessage, InvalidMessage, type Message, SEALED_KEY_HEADER } from './message.ts'
import type { EventSealer } from '../crypto/event-sealer.ts'
import type { LogRecord } from './transport.ts'

/** What a consumer does with one version of one event; made by {@link handle} or {@link handlePrepared}. */
export interface EventHandler {
  readonly contract: EventContract
  /** Validates the payload by the contract; what it gives runs in the transaction of the inbox row. */
  prepare(message: Message, payload: unknown): Promise<(tx: Tx) => Promise<void>>
}

/**
 * Binds an effect to an event. The effect runs in the transaction that remembers the event, so it happens once; it
 * uses that `tx` only, and throws to be retried. Fields the contract does not know stay in the payload.
 */
export function handle<C extends EventContract>(
  contract: C,
  effect: (tx: Tx, event: Received<C>) => Promise<void>,
): EventHandler {
  return handlePrepared(
    contract,
    () => Promise.resolve(),
    (tx, event) => effect(tx, event),
  )
}

/**
 * As {@link handle}, with work before the transaction begins: what needs another connection or takes long, such as
 * sealing, holds none and locks nothing. It has no effect of its own, since it may run and the effect may not.
 */
export function handlePrepared<C extends EventContract, P>(
  contract: C,
  before: (event: Received<C>) => Promise<P>,
  effect: (tx: Tx, event: Received<C>, prepared: P) => Promise<void>,
): EventHandler {
  return {
    contract,
    prepare: async (message, payload) => {
      const event = {
        type: contract.type,
        version: contract.version,
        id: message.id,
        key: message.key,
        aggregateVersion: message.envelope.aggregateversion,
        time: message.envelope.time,
        payload: keepUnknown(payload, contract.payload.parse(payload)),
      } as Received<C>
      const prepared = await before(event)
      return (tx) => effect(tx, event, prepared)
    },
  }
}

/** Handlers by the type on the wire. Throws when two handle the same event or one may not be read by the service. */
export function tableOf(service: string, handlers: readonly EventHandler[]): ReadonlyMap<string, EventHandler> {
  const table = new Map<string, EventHandler>()
  for (const handler of handlers) {
    const type = wireType(handler.contract)
    if (table.has(type)) throw new Error(`two handlers for ${type}`)
    if (!handler.contract.readers.some((reader) => reader === service))
      throw new Error(`${service} may not read ${type}`)
    table.set(type, handler)
  }
  return table
}

/** The message and its handler; undefined for a type without one. Throws {@link InvalidMessage}. */
export function routeRecord(
  table: ReadonlyMap<string, EventHandler>,
  record: LogRecord,
): { readonly message: Message; readonly handler: EventHandler } | undefined {
  const message = decodeMessage(record)
  const handler = table.get(message.envelope.type)
  if (!handler) return undefined
  // Rights are given by topic: an event that arrives on another topic was not sent by its producer.
  if (handler.contract.topic !== record.topic) throw new InvalidMessage('topic')
  return { message, handler }
}

/** Opens and validates a message. Rejects with InvalidMessage or ZodError, or with what the sealer throws. */
export async function openEvent(
  { message, handler }: { message: Message; handler: EventHandler },
  sealer: EventSealer | undefined,
): Promise<(tx: Tx) => Promise<void>> {
  const { contract } = handler
  const payload = contract.protected ? await openPayload(message, contract, sealer) : message.envelope.data
  if (typeof payload !== 'object' || payload === null) throw new InvalidMessage('data')
  if ((payload as Record<string, unknown>)[contract.key] !== message.key)
    throw new InvalidMessage(`data.${contract.key}`)
  return handler.prepare(message, payload)
}

async function openPayload(
  message: Message,
  contract: EventContract,
  sealer: EventSealer | undefined,
): Promise<unknown> {
  const header = message.headers[SEALED_KEY_HEADER]
  if (!message.payload || header === undefined) throw new InvalidMessage('a protected payload is not sealed')
  if (!sealer) throw new Error('a protected event needs an event sealer')
  const { topic, type, version } = contract
  const place = { topic, type, version, eventId: message.id, key: message.key }
  const text = await sealer.open(place, { ciphertext: message.payload, header })
  return JSON.parse(text.toString('utf8'))
}

/** What the schema made of the value, plus the fields it does not know: a newer producer may send more. */
export function keepUnknown(raw: unknown, parsed: unknown): unknown {
  if (Array.isArray(raw) && Array.isArray(parsed) && raw.length === parsed.length) {
    return parsed.map((item, index) => keepUnknown(raw[index], item))
  }
  if (!isPlain(raw) || !isPlain(parsed)) return parsed
  const known = Object.entries(parsed).map(([name, value]) => [name, keepUnknown(raw[name], value)])
  return { ...raw, ...Object.fromEntries(known) }
}

const isPlain = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype
