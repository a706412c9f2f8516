import { setTimeout as after } from 'node:timers/promises'
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

const HTTP_MS = 10_000

/**
 * The shutdown of a request side, in order: turn unready, wait until balancers have seen it, let the requests in hand
 * end. `before` and `after` are what a service stops in between and at the end.
 */
export function requestSidePhases(options: {
  drainMs: number
  http: Closable | null
  ops: Closable
  drain: () => void
  beforeHttp?: readonly Phase[]
  afterHttp?: readonly Phase[]
}): Phase[] {
  return [
    phase('unready', 1_000, options.drain),
    phase('wait', options.drainMs + 1_000, () => after(options.drainMs)),
    ...(options.beforeHttp ?? []),
    phase('http', HTTP_MS, () => options.http?.close()),
    ...(options.afterHttp ?? []),
    phase('ops', 1_000, () => options.ops.close()),
  ]
}
