import { setTimeout as after } from 'node:timers/promises'
import { signWebhook } from './signature.ts'
import type { Store } from './store.ts'

export interface WebhookOptions {
  /** Nobody is told where there is none. */
  readonly url?: string | undefined
  readonly secret: string
  /** How often each event is sent although it was received; 1 unless told. */
  readonly copies?: number
  /** How long each event waits first, at random up to this: it shuffles their order. 0 unless told. */
  readonly shuffleMs?: number
}

export interface Webhooks {
  /** Sends what is not delivered yet; each event until somebody answers 2xx. */
  flush(): void
  close(): Promise<void>
}

const FIRST_RETRY_MS = 200
const LONGEST_RETRY_MS = 5_000
const ANSWER_WITHIN_MS = 10_000

/** Tells of events as Stripe does: at least once, in no order, again until received. */
export function createWebhooks(store: Store, { url, secret, copies = 1, shuffleMs = 0 }: WebhookOptions): Webhooks {
  const abort = new AbortController()
  const { signal } = abort
  const running = new Map<string, Promise<void>>()

  const post = async (target: string, body: string): Promise<boolean> => {
    try {
      const answer = await fetch(target, {
        method: 'POST',
        headers: { 'content-type': 'application/json; charset=utf-8', 'stripe-signature': signWebhook(secret, body) },
        body,
        signal: AbortSignal.any([signal, AbortSignal.timeout(ANSWER_WITHIN_MS)]),
      })
      await answer.arrayBuffer()
      return answer.ok
    } catch {
      return false
    }
  }
  const deliver = async (target: string, id: string): Promise<void> => {
    const body = JSON.stringify(store.events.get(id), null, 2)
    if (shuffleMs > 0) await after(Math.random() * shuffleMs, undefined, { signal })
    for (let wait = FIRST_RETRY_MS; !(await post(target, body)); wait = Math.min(wait * 2, LONGEST_RETRY_MS))
      await after(wait, undefined, { signal })
    store.commit({ delivered: [id] })
    for (let copy = 1; copy < copies; copy++) await post(target, body)
  }
  return {
    flush() {
      if (url === undefined || signal.aborted) return
      for (const id of store.undelivered) {
        if (running.has(id)) continue
        const work = deliver(url, id)
          .catch(() => undefined)
          .finally(() => running.delete(id))
        running.set(id, work)
      }
    },
    async close() {
      abort.abort()
      await Promise.all(running.values())
    },
  }
}
