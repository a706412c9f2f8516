import { timingSafeEqual } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as after } from 'node:timers/promises'
import { apiError, createApi, type ApiAnswer } from './api.ts'
import type { Intent, Refund, SandboxEvent } from './objects.ts'
import { openStore } from './store.ts'
import { createWebhooks } from './webhooks.ts'

export interface SandboxOptions {
  /** On the loopback; 0 or absent for any that is free. */
  readonly port?: number
  /** The address to listen on; the loopback unless told. */
  readonly host?: string
  readonly webhookUrl?: string | undefined
  readonly webhookSecret: string
  readonly apiKey: string
  /** Where what happened is kept, so that a killed sandbox goes on where it was. In memory without one. */
  readonly stateFile?: string | undefined
  /** How long what is processing takes (default 1500). */
  readonly settleMs?: number
  /** How often each webhook is sent, and how much their order is shuffled. */
  readonly copies?: number
  readonly shuffleMs?: number
}

/** How the next writing requests go wrong: cut off before anything happened, or after it has and before the answer. */
export type Mishap = 'cut-before' | 'cut-after' | 'server-error' | { readonly slowMs: number }

export interface PaymentSandbox {
  readonly url: string
  readonly port: number
  intents(): readonly Intent[]
  refunds(): readonly Refund[]
  events(): readonly SandboxEvent[]
  /** Plans mishaps, one for each of the coming POSTs. */
  mishaps(...next: readonly Mishap[]): void
  /** Whether what is processing stays so until told otherwise. */
  hold(held: boolean): void
  close(): Promise<void>
}

const TICK_MS = 50
const MAX_BODY = 64 * 1024

/**
 * A payment processor to develop and test against: speaks the parts of Stripe's API that Wellgate uses, Idempotency-Key
 * and signed webhooks included, and moves no money.
 */
export async function createPaymentSandbox(options: SandboxOptions): Promise<PaymentSandbox> {
  const store = openStore(options.stateFile)
  const api = createApi(store, { settleMs: options.settleMs ?? 1_500 })
  const { webhookUrl: url, webhookSecret: secret, copies = 1, shuffleMs = 0 } = options
  const webhooks = createWebhooks(store, { url, secret, copies, shuffleMs })
  const planned: Mishap[] = []
  let held = false
  const inProgress = new Set<string>()

  const once = async (request: IncomingMessage, target: URL, body: string, slowMs: number): Promise<ApiAnswer> => {
    const header = request.headers['idempotency-key']
    const key = typeof header === 'string' && header !== '' ? header : null
    const form = Object.fromEntries(new URLSearchParams(body))
    const method = request.method ?? 'GET'
    const handle = () => api.handle(method, target.pathname, target.searchParams, form, key)
    if (method !== 'POST' || key === null) return handle()
    const same = `${method} ${target.pathname} ${body}`
    const known = store.answers.get(key)
    if (known && known.request !== same)
      return apiError(
        400,
        'idempotency_error',
        'Keys for idempotent requests can only be used with the same parameters they were first used with.',
      )
    if (known) return { status: known.status, body: known.body }
    if (inProgress.has(key))
      return apiError(
        409,
        'invalid_request_error',
        'There is currently another in-progress request using this Idempotent Key.',
        { code: 'idempotency_key_in_use' },
      )
    inProgress.add(key)
    try {
      if (slowMs > 0) await after(slowMs)
      const answer = handle()
      if (!answer.change) return answer
      const answers = { [key]: { request: same, status: answer.status, body: answer.body } }
      return { ...answer, change: { ...answer.change, answers } }
    } finally {
      inProgress.delete(key)
    }
  }

  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const target = new URL(request.url ?? '/', 'http://sandbox')
    if (target.pathname === '/health') return void response.writeHead(200).end()
    const body = await readBody(request)
    const mishap = request.method === 'POST' ? planned.shift() : undefined
    if (mishap === 'cut-before') return void request.destroy()
    const slowMs = typeof mishap === 'object' ? mishap.slowMs : 0
    const given = !isKey(request.headers.authorization, options.apiKey)
      ? apiError(401, 'invalid_request_error', 'Invalid API Key provided')
      : mishap === 'server-error'
        ? apiError(500, 'api_error', 'Something went wrong on our end.')
        : await once(request, target, body, slowMs)
    if (given.change) store.commit(given.change)
    webhooks.flush()
    if (mishap === 'cut-after') return void request.destroy()
    response.writeHead(given.status, { 'content-type': 'application/json', 'request-id': 'req_sandbox' })
    response.end(JSON.stringify(given.body))
  }

  const server = createServer((request, response) => {
    answer(request, response).catch(() => request.destroy())
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(options.port ?? 0, options.host ?? '127.0.0.1', resolve)
  })
  const { port } = server.address() as AddressInfo
  const ticking = setInterval(() => {
    const change = held ? undefined : api.due()
    if (change) store.commit(change)
    webhooks.flush()
  }, TICK_MS)
  webhooks.flush()

  return {
    url: `http://127.0.0.1:${port}`,
    port,
    intents: () => [...store.intents.values()],
    refunds: () => [...store.refunds.values()],
    events: () => [...store.events.values()],
    mishaps: (...next) => void planned.push(...next),
    hold: (now) => void (held = now),
    async close() {
      clearInterval(ticking)
      await webhooks.close()
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length
    if (size > MAX_BODY) throw new Error('the body is too large')
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}

function isKey(header: string | undefined, apiKey: string): boolean {
  const sent = Buffer.from(header ?? '')
  const wanted = Buffer.from(`Bearer ${apiKey}`)
  return sent.length === wanted.length && timingSafeEqual(sent, wanted)
}
