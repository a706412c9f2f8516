import { createCommitGate } from '../db/commit-gate.ts'
import { platformErrors } from '../errors/platform-errors.ts'

/** After an answered COMMIT a handler has this long to give its own answer. */
const AFTER_COMMIT_MS = 250

/**
 * What `work` gives, if it does so in `ms`. Once the time is up no transaction of `work` commits any more (db/commit-gate.ts)
 * and a late failure is told to `onLate`; what it committed before, or did outside a transaction, stays. A COMMIT that is
 * on its way when the time is up is waited for, so that nobody is told 503 of what it then stores.
 * Fastify's own handlerTimeout would send a second answer past the audit entry of the first.
 * @throws `unavailable` when the time is up
 */
export async function within<T>(ms: number, work: () => Promise<T>, onLate: (error: unknown) => void): Promise<T> {
  const gate = createCommitGate()
  let timer: NodeJS.Timeout | undefined
  let late = false
  const timeUp = new Promise<never>((_resolve, reject) => {
    const expire = (): void => {
      gate.close()
      if (gate.isCommitting()) {
        timer = setTimeout(expire, AFTER_COMMIT_MS)
        return
      }
      late = true
      reject(platformErrors.unavailable())
    }
    timer = setTimeout(expire, ms)
  })
  const watched = gate.run(work).catch((error: unknown) => {
    if (late) onLate(error)
    throw error
  })
  try {
    return await Promise.race([watched, timeUp])
  } finally {
    clearTimeout(timer)
  }
}
