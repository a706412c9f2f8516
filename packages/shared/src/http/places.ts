/** What there is only so much of, such as memory, given out in the order in which it is asked for. */
export interface Places {
  /**
   * Waits until so many are free (of all there are at most), and gives what gives them back, to be called once.
   * @throws the signal's reason, where it is aborted before
   */
  take(count: number, signal?: AbortSignal): Promise<() => void>
  /** Runs `work` with so many places, which are free again whatever becomes of it. @throws what `work` throws */
  within<T>(count: number, work: () => Promise<T>): Promise<T>
}

interface Waiting {
  readonly count: number
  enter(): void
}

export function createPlaces(total: number): Places {
  const line: Waiting[] = []
  let free = total
  const letIn = (): void => {
    for (let next = line[0]; next && next.count <= free; next = line[0]) {
      line.shift()
      free -= next.count
      next.enter()
    }
  }
  const take: Places['take'] = (wanted, signal) =>
    new Promise((resolve, reject) => {
      const count = Math.min(wanted, total)
      const giveUp = (): void => {
        line.splice(line.indexOf(waiting), 1)
        letIn()
        reject(signal?.reason as Error)
      }
      const giveBack = (): void => {
        free += count
        letIn()
      }
      const waiting: Waiting = {
        count,
        enter: () => {
          signal?.removeEventListener('abort', giveUp)
          resolve(giveBack)
        },
      }
      signal?.addEventListener('abort', giveUp, { once: true })
      line.push(waiting)
      letIn()
    })
  return {
    take,
    async within(count, work) {
      const giveBack = await take(count)
      try {
        return await work()
      } finally {
        giveBack()
      }
    },
  }
}
