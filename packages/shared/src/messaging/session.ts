import { Client } from 'pg'
import { pause } from './backoff.ts'

/** A connection of its own for what needs a session: advisory locks, notifications, a transaction held over a batch. */
export interface Session {
  readonly client: Client
  /** Aborts when the connection is gone. */
  readonly lost: AbortSignal
  close(): Promise<void>
}

/** The server would else keep what a machine without power held, such as the lead of a relay, for hours (TCP's keep-alive). */
const SILENCE_MS = 120_000

/** How long a server may take to close a connection. */
const GOODBYE_MS = 1_000

export interface SessionOptions {
  /** A direct URL, not one of a transaction pooler. */
  readonly connectionString: string
  readonly applicationName: string
  /** A transaction that is idle for longer is ended by the server: a frozen process gives up what it holds. */
  readonly idleInTransactionMs?: number
  /** A session that says nothing for so long is ended by the server, two minutes by default: longer than a broker is waited for. */
  readonly silenceMs?: number
  onNotification?(channel: string): void
}

/**
 * Opens a session. A lost connection aborts `lost` and never ends the process; every statement has 30 s. What it commits is
 * in the order of all commits but not waited for to reach the disk: after a crash of the server, what was sent or read last
 * may be sent or read again, as it may at any time, and nobody else's commit has had to queue behind it.
 */
export async function openSession(options: SessionOptions): Promise<Session> {
  const client = new Client({
    connectionString: options.connectionString,
    application_name: options.applicationName,
    keepAlive: true,
    connectionTimeoutMillis: 5_000,
    query_timeout: 30_000,
    idle_in_transaction_session_timeout: options.idleInTransactionMs ?? 60_000,
  })
  const lost = new AbortController()
  client.on('error', () => lost.abort())
  client.on('end', () => lost.abort())
  client.on('notification', (message) => options.onNotification?.(message.channel))
  try {
    await client.connect()
    await client.query('SET synchronous_commit TO off')
    await client.query(`SET idle_session_timeout TO ${options.silenceMs ?? SILENCE_MS}`)
  } catch (error) {
    await client.end().catch(() => undefined)
    throw error
  }
  return {
    client,
    lost: lost.signal,
    // A server that says nothing is not waited for: a process that ends must go on.
    close: async () => {
      const closed = new AbortController()
      const goodbye = client.end().catch(() => undefined)
      await Promise.race([goodbye.then(() => closed.abort()), pause(GOODBYE_MS, closed.signal)])
    },
  }
}
