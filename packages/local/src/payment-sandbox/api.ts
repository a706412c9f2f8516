import { randomBytes } from 'node:crypto'
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

/** Payment methods and what becomes of a payment with each; named as Stripe's test methods where it has one. */
const METHODS: Readonly<Record<string, Intent['status']>> = {
  pm_card_visa: 'succeeded',
  pm_card_pendingRefund: 'succeeded',
  pm_card_refundFail: 'succeeded',
  pm_card_chargeDeclined: 'requires_payment_method',
  pm_card_processing: 'processing',
  pm_card_processingFails: 'processing',
}

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
    const status = Object.hasOwn(METHODS, method) ? METHODS[method] : undefined
    if (!status)
      return apiError(400, 'invalid_request_error', 'No such PaymentMethod', {
        param: 'payment_method',
        code: 'resource_missing',
      })
    const intent: Intent = {
      id: idOf('pi'),
      object: 'payment_intent',
      amount,
      amount_received: status === 'succeeded' ? amount : 0,
      currency,
      created: now(),
      status,
      payment_method: method,
      last_payment_error: status === 'requires_payment_method' ? DECLINED : null,
      latest_charge: status === 'requires_payment_method' ? null : idOf('ch'),
      livemode: false,
      metadata: metadataOf(form),
    }
    const intents = [intent]
    if (status === 'requires_payment_method') {
      const events = [eventOf('payment_intent.payment_failed', intent, key)]
      return {
        ...apiError(402, 'card_error', DECLINED.message, { ...DECLINED, payment_intent: intent }),
        change: { intents, events },
      }
    }
    const events = [eventOf(`payment_intent.${status}`, intent, key)]
    const to = method === 'pm_card_processingFails' ? 'failed' : 'succeeded'
    const plans = status === 'processing' ? [planOf(intent.id, to)] : []
    return { status: 200, body: intent, change: { intents, events, plans } }
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
    const later = { pm_card_pendingRefund: 'succeeded', pm_card_refundFail: 'failed' } as const
    const to = Object.hasOwn(later, intent.payment_method)
      ? later[intent.payment_method as keyof typeof later]
      : undefined
    const refund: Refund = {
      id: idOf('re'),
      object: 'refund',
      amount,
      currency: intent.currency,
      created: now(),
      payment_intent: intent.id,
      status: to ? 'pending' : 'succeeded',
      metadata: metadataOf(form),
    }
    const events = [eventOf('refund.created', refund, key)]
    return {
      status: 200,
      body: refund,
      change: { refunds: [refund], events, plans: to ? [planOf(refund.id, to)] : [] },
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
      const [, version, collection, id] = path.split('/')
      if (version !== 'v1') return missing('API', 'path')
      if (collection === 'payment_intents') {
        if (method === 'POST' && id === undefined) return createIntent(form, key)
        if (method === 'GET' && id === undefined) return list(store.intents.values(), query, path)
        const intent = store.intents.get(id ?? '')
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
