export interface KeyCache<V> {
  /** The entry, unless it is past its time or has less than `spareMs` left. */
  get(id: string, spareMs?: number): V | undefined
  set(id: string, value: V): void
  delete(id: string): void
  clear(): void
}

/** Longest that an unwrapped key stays in memory without having been asked for anew (security.md 2.4). */
export const MAX_KEY_AGE_MS = 300_000

/**
 * Unwrapped keys, at most `max`, the least recently used dropped first, none older than `ttlMs` (at most five minutes).
 * Dropped keys are not overwritten: a caller may be about to use one.
 */
export function createKeyCache<V>(options: { max: number; ttlMs: number; now: () => number }): KeyCache<V> {
  const { max, now } = options
  const ttlMs = Math.min(options.ttlMs, MAX_KEY_AGE_MS)
  const entries = new Map<string, { value: V; until: number }>()
  return {
    get(id, spareMs = 0) {
      const entry = entries.get(id)
      if (!entry) return undefined
      entries.delete(id)
      const left = entry.until - now()
      if (left <= 0) return undefined
      entries.set(id, entry)
      return left > spareMs ? entry.value : undefined
    },
    set(id, value) {
      entries.delete(id)
      entries.set(id, { value, until: now() + ttlMs })
      const oldest = entries.size > max ? entries.keys().next().value : undefined
      if (oldest !== undefined) entries.delete(oldest)
    },
    delete: (id) => void entries.delete(id),
    clear: () => entries.clear(),
  }
}
