/** Keeps those of one process who want the same time from waiting for each other in the database, a connection each. */
export interface Turns {
  /** Resolves when nobody takes `slot` any more, at once where nobody does. */
  over(slot: string): Promise<void>
  /**
   * Runs `take` where nobody else takes the slot, undefined where somebody does: then wait until it is `over` and look
   * whether the slot is still free.
   */
  take<T>(slot: string, take: () => Promise<T>): Promise<T> | undefined
}

export function createTurns(): Turns {
  const taking = new Map<string, Promise<void>>()
  return {
    over: (slot) => taking.get(slot) ?? Promise.resolve(),
    take(slot, take) {
      if (taking.has(slot)) return undefined
      const result = take()
      const ended = result.then(
        () => void taking.delete(slot),
        () => void taking.delete(slot),
      )
      taking.set(slot, ended)
      return result
    },
  }
}
