import { AsyncLocalStorage } from 'node:async_hooks'
import { platformErrors } from '../errors/platform-errors.ts'

/** Whether the transactions of one piece of work may still commit. Work without a gate, such as a consumer's, always may. */
export interface CommitGate {
  /** Runs `work`: every transaction begun in it, however deep, asks this gate. */
  run<T>(work: () => Promise<T>): Promise<T>
  /** From now on none commits. One whose COMMIT was sent before is not stopped: see {@link isCommitting}. */
  close(): void
  /** Whether a COMMIT was sent and has no answer yet. */
  isCommitting(): boolean
}

interface State {
  closed: boolean
  committing: number
}

const current = new AsyncLocalStorage<State | undefined>()

/** A gate that stands open. */
export function createCommitGate(): CommitGate {
  const state: State = { closed: false, committing: 0 }
  return {
    run: (work) => current.run(state, work),
    close: () => void (state.closed = true),
    isCommitting: () => state.committing > 0,
  }
}

/** Runs `work` outside any gate: for what several wait for, which must not end with the time of one of them. */
export const outsideGate = <T>(work: () => T): T => current.run(undefined, work)

/** For work that waited: whether it is still of use. @throws `unavailable` where the gate around the caller is closed */
export function assertGateOpen(): void {
  if (current.getStore()?.closed) throw platformErrors.unavailable({ retryAfter: 1 })
}

/** Commits by `send`, where the gate around the caller is open. @throws `unavailable`, sending nothing, where it is closed */
export async function throughGate<T>(send: () => Promise<T>): Promise<T> {
  const gate = current.getStore()
  if (!gate) return send()
  assertGateOpen()
  gate.committing++
  try {
    return await send()
  } finally {
    gate.committing--
  }
}
