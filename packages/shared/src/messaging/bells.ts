import type { Logger } from '../observability/logger.ts'
import { createBackoff, createWake, orAborted, pause } from './backoff.ts'
import { openSession, type Session } from './session.ts'

export interface Bells {
  /** Calls `ring` at each notification of a channel, and whenever one may have been missed. Gives what ends that. */
  listen(channel: string, ring: () => void): () => void
  close(): Promise<void>
}

/** So often the session is tried: one that is dead without saying so would leave everybody to look by themselves. */
const TRY_EVERY_MS = 30_000

/**
 * The notifications of a database, for a whole process over one session: before release 19 a NOTIFY wakes each backend
 * that listens at all, whatever it listens for (async.c, SignalBackends). Begins with the first who listens; a session
 * that is lost is opened anew. Only a hint: whoever waits for a bell looks by himself from time to time.
 */
export function createBells(options: {
  /** Not a pooler's URL. */
  readonly connectionString: string
  readonly applicationName: string
  readonly log: Logger
}): Bells {
  const { connectionString, applicationName, log } = options
  const rings = new Map<string, Set<() => void>>()
  const channelAdded = createWake()
  const stop = new AbortController()
  const backoff = createBackoff({ firstMs: 50, maxMs: 5_000 })
  let running: Promise<void> | undefined

  const ringAll = (channel: string): void => {
    for (const ring of rings.get(channel) ?? []) ring()
  }
  const serve = async ({ client, lost }: Session): Promise<void> => {
    const signal = AbortSignal.any([stop.signal, lost])
    const heard = new Set<string>()
    while (!signal.aborted) {
      for (const channel of rings.keys()) {
        if (heard.has(channel)) continue
        await orAborted(client.query(`LISTEN ${client.escapeIdentifier(channel)}`), signal)
        heard.add(channel)
        // What was said before was not heard.
        ringAll(channel)
      }
      await channelAdded.wait(TRY_EVERY_MS, signal)
      if (signal.aborted) break
      await orAborted(client.query('SELECT 1'), signal)
      backoff.reset()
    }
    if (!stop.signal.aborted) throw new Error('the connection was lost')
  }
  const run = async (): Promise<void> => {
    while (!stop.signal.aborted) {
      let session: Session | undefined
      try {
        session = await openSession({ connectionString, applicationName, onNotification: ringAll })
        await serve(session)
      } catch (error) {
        if (!stop.signal.aborted) log.warn({ err: error }, 'notifications of the database are not heard for a while')
      } finally {
        await session?.close()
      }
      await pause(backoff.next(), stop.signal)
    }
  }

  return {
    listen(channel, ring) {
      const known = rings.get(channel)
      const of = known ?? new Set()
      rings.set(channel, of.add(ring))
      running ??= run()
      if (!known) channelAdded.wake()
      return () => void of.delete(ring)
    },
    async close() {
      stop.abort()
      await running
    },
  }
}
