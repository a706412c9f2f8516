import { platformErrors } from '../errors/platform-errors.ts'

/**
 * What `work` gives, if it does so in `ms`. What it does after that comes to nothing, and a late failure is told to
 * `onLate`. Fastify's own handlerTimeout would send a second answer past the audit entry of the first.
 * @throws `unavailable` when the time is up
 */
export async function within<T>(ms: number, work: Promise<T>, onLate: (error: unknown) => void): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  let late = false
  const timeUp = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => {
      late = true
      reject(platformErrors.unavailable())
    }, ms)
  })
  const watched = work.catch((error: unknown) => {
    if (late) onLate(error)
    throw error
  })
  try {
    return await Promise.race([watched, timeUp])
  } finally {
    clearTimeout(timer)
  }
}
