import type { IncomingMessage } from 'node:http'
import { BrokenCircuitError } from 'cockatiel'

/** A body that takes longer says nothing about the service: it has not been asked yet. */
const PACE_MS = 1_000

/** The request had no answer because of its caller: it went away, or its body has not arrived. Says nothing more. */
export class CallersFault extends Error {
  constructor() {
    super('no answer because of the caller')
    this.name = 'CallersFault'
  }
}

/** No connection was free, or none came about, in the time of the request: nothing of it went to the service. */
export class NotSent extends Error {
  readonly code = 'NOT_SENT'
  constructor() {
    super('the time was up before the request could be sent')
    this.name = 'NotSent'
  }
}

/** What happens before a byte of the request is sent: no caller can bring it about. */
const NOT_REACHED = new Set([
  'ECONNREFUSED',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EAI_AGAIN',
  'ETIMEDOUT',
  'UND_ERR_CONNECT_TIMEOUT',
  'NOT_SENT',
])

/** The code of what went wrong: the network's own, where undici has wrapped it. */
export function codeOf(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined
  const { code } = error as { code?: unknown }
  return codeOf(error.cause) ?? (typeof code === 'string' ? code : undefined)
}

/**
 * Whether a request failed because of who sent it. A body that is cut or trickled makes the connection to the service
 * fail or time out, too; so without a whole body, only a service that cannot be reached is to blame.
 */
export function isCallersFault(error: Error, request: IncomingMessage): boolean {
  if (error instanceof BrokenCircuitError || NOT_REACHED.has(codeOf(error) ?? '')) return false
  return !request.complete
}

/**
 * What a breaker is told of an answer: the same, but for a body that is still on its way after a second. Otherwise who
 * trickles a body could hold a half-open breaker, and everybody behind it, for as long as a request may take.
 */
export function judge(answer: Promise<void>, request: IncomingMessage): Promise<void> {
  if (request.complete) return answer
  const { promise: tooSlow, reject } = Promise.withResolvers<void>()
  const timer = setTimeout(() => {
    if (!request.complete) reject(new CallersFault())
  }, PACE_MS)
  return Promise.race([answer, tooSlow]).finally(() => clearTimeout(timer))
}
