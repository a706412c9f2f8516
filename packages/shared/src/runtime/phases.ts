import { setTimeout as after } from 'node:timers/promises'
import { AUDIT_DEADLINE_MS } from '../audit/deadline.ts'
import { DEFAULT_TIMEOUT_MS, type RouteContract } from '../contracts/route.ts'
import type { Phase } from './shutdown.ts'

interface Closable {
  close(): PromiseLike<unknown>
}

/** Makes a phase of any work. */
export const phase = (name: string, timeoutMs: number, work: () => unknown): Phase => ({
  name,
  timeoutMs,
  run: async () => {
    await work()
  },
})

/**
 * The longest that a request to any of these routes may take, in ms, which is how long HTTP may take to close: what its
 * handler may, and then its audit entry, without which no answer leaves.
 */
export const longestRequestMs = (contracts: readonly Pick<RouteContract, 'timeoutMs'>[]): number =>
  Math.max(DEFAULT_TIMEOUT_MS, ...contracts.map(({ timeoutMs }) => timeoutMs ?? 0)) + AUDIT_DEADLINE_MS

/**
 * The shutdown of a request side, in order: turn unready, wait until balancers have seen it, let the requests in hand
 * end. `before` and `after` are what a service stops in between and at the end.
 */
export function requestSidePhases(options: {
  drainMs: number
  http: Closable | null
  longestRequestMs: number
  ops: Closable
  drain: () => void
  beforeHttp?: readonly Phase[]
  afterHttp?: readonly Phase[]
}): Phase[] {
  return [
    phase('unready', 1_000, options.drain),
    phase('wait', options.drainMs + 1_000, () => after(options.drainMs)),
    ...(options.beforeHttp ?? []),
    phase('http', options.longestRequestMs, () => options.http?.close()),
    ...(options.afterHttp ?? []),
    phase('ops', 1_000, () => options.ops.close()),
  ]
}
