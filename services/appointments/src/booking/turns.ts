import { DomainError } from '@wellgate/shared/errors/problem'

/** Keeps those of one process who want the same time from waiting for each other in the database, a connection each. */
export interface Turns {
  /**
   * Runs `take` when nobody else takes the slot. They stand in a line: where one fails the next has a try. Undefined, and
   * `take` has not run, where somebody before them got the slot, here or elsewhere: all in line hear so at once.
   * @throws what `take` throws; `slot-taken` says that somebody has the slot
   */
  take<T extends object>(slot: string, take: () => Promise<T>): Promise<T | undefined>
}

type Waiting = (isMine: boolean) => void

export function createTurns(): Turns {
  const lines = new Map<string, Waiting[]>()
  const isMine = async (slot: string): Promise<boolean> => {
    const line = lines.get(slot)
    if (line) return new Promise((resolve) => line.push(resolve))
    lines.set(slot, [])
    return true
  }
  const end = (slot: string, gone: boolean): void => {
    const line = lines.get(slot) ?? []
    const next = gone ? undefined : line.shift()
    if (next) return next(true)
    lines.delete(slot)
    for (const each of line) each(false)
  }
  return {
    async take(slot, take) {
      if (!(await isMine(slot))) return undefined
      let gone = true
      try {
        return await take()
      } catch (error) {
        gone = error instanceof DomainError && error.code === 'slot-taken'
        throw error
      } finally {
        end(slot, gone)
      }
    },
  }
}
