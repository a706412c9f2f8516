import { DomainError } from '@wellgate/shared/errors/problem'
import { isOutage } from '@wellgate/shared/messaging/failure'
import { CalendarChanged } from '../booking/take-slot.ts'

/**
 * Serves one after the other, until `signal` aborts: who cannot be served keeps nobody else from it. Gives what failed. Where
 * somebody else was faster, or the calendar has changed, nothing has: the next turn looks again.
 * @throws when the database is away
 */
export async function serveEach<T>(
  items: Iterable<T> | AsyncIterable<T>,
  serve: (item: T) => Promise<void>,
  signal?: AbortSignal,
): Promise<unknown[]> {
  const failures: unknown[] = []
  for await (const item of items) {
    if (signal?.aborted) break
    await serve(item).catch((error: unknown) => {
      if (isOutage(error)) throw error
      if (!(error instanceof DomainError || error instanceof CalendarChanged)) failures.push(error)
    })
  }
  return failures
}
