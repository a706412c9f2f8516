import { randomBytes } from 'node:crypto'
import { METHODS } from './methods.ts'
import { DECLINED, type Intent, type Plan, type Refund, type SandboxEvent } from './objects.ts'
import type { Change, Store } from './store.ts'

/** An answer of the API, and what it changes. An error that changes nothing is not kept for the Idempotency-Key. */
export interface ApiAnswer {
  readonly status: number
  readonly body: unknown
  readonly change?: Change
}

export type Form = Readonly<Record<string, string>>

const API_VERSION = '2026-10-28.sandbox'
const now = (): number => Math.floor(Date.now() / 1000)
const idOf = (prefix: string): string => `${prefix}_${randomBytes(12).toString('hex')}`

export const apiError = (status: number, type: string, message: string, more: object = {}): ApiAnswer => ({
  status,
  body: { error: { type, message, ...more } },
})
const invalid = (message: string, param: string, code = 'parameter_invalid'): ApiAnswer =>
  apiError(400, 'invalid_request_error', message, { param, code })
const missing = (what: string, param: string): ApiAnswer =>
  apiError(404, 'invalid_request_error', `No such ${what}`, { param, code: 'resource_missing' })

const eventOf = (type: string, object: Intent | Refund, key: string | null = null): SandboxEvent => ({
  id: idOf('evt'),
  object: 'event',
  api_version: API_VERSION,
  created: now(),
  type,
  livemode: false,
  pending_webhooks: 1,
  request: { id: null, idempotency_key: key },
  data: { object },
})

/** The part of Stripe's API that Wellgate speaks. `settleMs`: how long what is processing takes. */
export function createApi(store: Store, { settleMs }: { settleMs: number }) {
  const metadataOf = (form: Form): Record<string, string> =>
    Object.fromEntries(
      Object.entries(form).flatMap(([name, value]) => {
        const key = /^metadata\[([^\]]{1,40})\]$/.exec(name)?.[1]
        return key === undefined ? [] : [[key, value]]
      }),
    )
  const amountOf = (text: string | undefined): number | undefined =>
    text !== undefined && /^[1-9]\d{0,11}$/.test(text) ? Number(text) : undefined
  const planOf = (id: string, to: Plan['to']): Plan => ({ id, at: Date.now() + settleMs, to })

  function createIntent(form: Form, key: string | null): ApiAnswer {
    const amount = amountOf(form['amount'])
    if (amount === undefined) return invalid('Invalid positive integer', 'amount', 'parameter_invalid_integer')
    const currency = form['currency'] ?? ''
    if (!/^[a-z]{3}$/.test(currency)) return invalid(`Invalid currency`, 'currency')
    if (form['confirm'] !== 'true') return invalid('The sandbox confirms at once only', 'confirm')
    const method = form['payment_method'] ?? ''
    const behaviour = METHODS.get(method)
    if (!behaviour) return invalid('No such PaymentMethod', 'payment_method', 'resource_missing')
    const { status, later, error } = behaviour
    // Stripe would wait for the holder of the card where it is not told that nobody is there to ask.
    if (error?.code === 'authentication_required' && form['error_on_requires_action'] !== 'true')
      return invalid('The sandbox has nobody who could authenticate', 'error_on_requires_action')
    const intent: Intent = {
      id: idOf('pi'),
      object: 'payment_intent',
      amount,
      amount_received: status === 'succeeded' ? amount : 0,
      currency,
      created: now(),
      status,
      payment_method: method,
      last_payment_error: error ?? null,
      latest_charge: error ? null : idOf('ch'),
      livemode: false,
      metadata: metadataOf(form),
    }
    const intents = [intent]
    if (error) {
      const events = [eventOf('payment_intent.payment_failed', intent, key)]
      const answer = apiError(402, 'card_error', error.message, { ...error, payment_intent: intent })
      return { ...answer, change: { intents, events } }
    }
    const type = status === 'requires_confirmation' ? 'created' : status
    const events = [eventOf(`payment_intent.${type}`, intent, key)]
    return { status: 200, body: intent, change: { intents, events, plans: later ? [planOf(intent.id, later)] : [] } }
  }

  /** As Stripe: what is paid, being paid or cancelled is not cancelled. */
  function cancelIntent(intent: Intent, key: string | null): ApiAnswer {
    if (!intent.status.startsWith('requires_'))
      return invalid(
        `You cannot cancel this PaymentIntent because it has a status of ${intent.status}.`,
        'intent',
        'payment_intent_unexpected_state',
      )
    const body: Intent = { ...intent, status: 'canceled' }
    return { status: 200, body, change: { intents: [body], events: [eventOf('payment_intent.canceled', body, key)] } }
  }

  const refundedOf = (intentId: string): number =>
    [...store.refunds.values()]
      .filter((refund) => refund.payment_intent === intentId && refund.status !== 'failed')
      .reduce((sum, { amount }) => sum + amount, 0)

  function createRefund(form: Form, key: string | null): ApiAnswer {
    const intent = store.intents.get(form['payment_intent'] ?? '')
    if (!intent) return missing('payment_intent', 'payment_intent')
    if (intent.status !== 'succeeded')
      return invalid('This PaymentIntent does not have a successful charge to refund.', 'payment_intent')
    const open = intent.amount - refundedOf(intent.id)
    const amount = form['amount'] === undefined ? open : amountOf(form['amount'])
    if (amount === undefined) return invalid('Invalid positive integer', 'amount', 'parameter_invalid_integer')
    if (amount > open)
      return invalid(
        'Refund amount is greater than unrefunded amount on charge',
        'amount',
        open === 0 ? 'charge_already_refunded' : 'amount_too_large',
      )
    const { status, later } = METHODS.get(intent.payment_method)?.refund ?? { status: 'succeeded', later: undefined }
    const refund: Refund = {
      id: idOf('re'),
      object: 'refund',
      amount,
      currency: intent.currency,
      created: now(),
      payment_intent: intent.id,
      status,
      metadata: metadataOf(form),
    }
    const events = [eventOf('refund.created', refund, key)]
    return {
      status: 200,
      body: refund,
      change: { refunds: [refund], events, plans: later ? [planOf(refund.id, later)] : [] },
    }
  }

  /** What is due by itself by now: the end of what was processing. */
  function due(): Change | undefined {
    const ended = [...store.plans.values()].filter(({ at }) => at <= Date.now())
    if (ended.length === 0) return undefined
    const intents: Intent[] = []
    const refunds: Refund[] = []
    const events: SandboxEvent[] = []
    for (const { id, to } of ended) {
      const intent = store.intents.get(id)
      const refund = store.refunds.get(id)
      if (intent) {
        const after: Intent =
          to === 'succeeded'
            ? { ...intent, status: 'succeeded', amount_received: intent.amount }
            : { ...intent, status: 'requires_payment_method', last_payment_error: DECLINED }
        intents.push(after)
        events.push(eventOf(`payment_intent.${to === 'failed' ? 'payment_failed' : to}`, after))
      } else if (refund) {
        const after: Refund = { ...refund, status: to, ...(to === 'failed' ? { failure_reason: 'declined' } : {}) }
        refunds.push(after)
        events.push(eventOf(to === 'failed' ? 'refund.failed' : 'refund.updated', after))
      }
    }
    return { intents, refunds, events }
  }

  const list = <T extends { id: string; created: number }>(all: Iterable<T>, query: URLSearchParams, url: string) => {
    const since = Number(query.get('created[gte]') ?? 0)
    const until = Number(query.get('created[lte]') ?? Infinity)
    const latestFirst = [...all].filter(({ created }) => created >= since && created <= until).toReversed()
    const cursor = query.get('starting_after')
    const from = cursor === null ? 0 : latestFirst.findIndex(({ id }) => id === cursor) + 1
    const limit = Math.min(Number(query.get('limit') ?? 10), 100)
    const data = latestFirst.slice(from, from + limit)
    return { status: 200, body: { object: 'list', url, has_more: from + limit < latestFirst.length, data } }
  }

  return {
    due,
    handle(method: string, path: string, query: URLSearchParams, form: Form, key: string | null): ApiAnswer {
      const [, version, collection, id, action] = path.split('/')
      if (version !== 'v1') return missing('API', 'path')
      if (collection === 'payment_intents') {
        if (method === 'POST' && id === undefined) return createIntent(form, key)
        if (method === 'GET' && id === undefined) return list(store.intents.values(), query, path)
        const intent = store.intents.get(id ?? '')
        if (method === 'POST' && action === 'cancel' && intent) return cancelIntent(intent, key)
        return method === 'GET' && intent ? { status: 200, body: intent } : missing('payment_intent', 'intent')
      }
      if (collection === 'refunds') {
        if (method === 'POST' && id === undefined) return createRefund(form, key)
        const intent = query.get('payment_intent')
        const all = [...store.refunds.values()].filter((refund) => intent === null || refund.payment_intent === intent)
        if (method === 'GET' && id === undefined) return list(all, query, path)
        const refund = store.refunds.get(id ?? '')
        return method === 'GET' && refund ? { status: 200, body: refund } : missing('refund', 'id')
      }
      return apiError(404, 'invalid_request_error', 'Unrecognized request URL')
    },
  }
}
