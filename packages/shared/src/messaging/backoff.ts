/** Resolves after `ms`, or at once when the signal aborts. Never rejects; look at the signal afterwards. */
export function pause(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted) return resolve()
    const done = () => {
      clearTimeout(timer)
      signal?.removeEventListener('abort', done)
      resolve()
    }
    const timer = setTimeout(done, ms)
    signal?.addEventListener('abort', done, { once: true })
  })
}

/** As the work, or undefined when the signal aborts before its end: what it then comes to is nobody's. */
export function orAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T | undefined> {
  return new Promise((resolve, reject) => {
    const leave = () => resolve(undefined)
    if (signal.aborted) leave()
    signal.addEventListener('abort', leave, { once: true })
    work.finally(() => signal.removeEventListener('abort', leave)).then(resolve, reject)
  })
}

export interface Backoff {
  /** Milliseconds to wait now; doubles with every call, with up to a quarter of jitter. */
  next(): number
  reset(): void
}

/** Exponential backoff between `firstMs` and `maxMs`. */
export function createBackoff(options: { firstMs: number; maxMs: number }): Backoff {
  let delay = options.firstMs
  return {
    next: () => {
      const now = delay
      delay = Math.min(delay * 2, options.maxMs)
      return now * (1 - Math.random() / 4)
    },
    reset: () => {
      delay = options.firstMs
    },
  }
}

export interface Wake {
  wake(): void
  /** Resolves on a wake (also one since the last wait), after `ms`, or on abort. */
  wait(ms: number, signal: AbortSignal): Promise<void>
}

/** A bell that remembers: a wake that comes while its owner is busy is not lost. */
export function createWake(): Wake {
  let rung = false
  let leave: (() => void) | undefined
  return {
    wake: () => {
      rung = true
      leave?.()
    },
    wait: (ms, signal) =>
      new Promise((resolve) => {
        const go = () => {
          clearTimeout(timer)
          signal.removeEventListener('abort', go)
          leave = undefined
          rung = false
          resolve()
        }
        const timer = setTimeout(go, ms)
        if (rung || signal.aborted) return go()
        leave = go
        signal.addEventListener('abort', go, { once: true })
      }),
  }
}
