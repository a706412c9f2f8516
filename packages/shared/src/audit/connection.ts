import { Client } from 'pg'
import { isTransient } from '../db/sqlstate.ts'

/** A connection that is replaced when it breaks. Nothing else runs on it. */
export interface DedicatedConnection {
  /** Runs one statement. Rejects when the connection cannot be had or broke, or the statement failed. */
  query(statement: { name: string; text: string; values: unknown[] }): Promise<void>
  close(): Promise<void>
}

/**
 * Connects when first asked and again after a break. A statement without an answer in `timeoutMs` breaks the
 * connection: a network that swallows packets would otherwise hold it for minutes.
 */
export function openConnection(
  connectionString: string,
  applicationName: string,
  timeoutMs: number,
): DedicatedConnection {
  let client: Client | undefined

  const drop = (broken: Client): void => {
    if (client === broken) client = undefined
    broken.end().catch(() => undefined)
  }

  const connect = async (): Promise<Client> => {
    const fresh = new Client({
      connectionString,
      application_name: applicationName,
      connectionTimeoutMillis: timeoutMs,
      query_timeout: timeoutMs,
      statement_timeout: timeoutMs,
      keepAlive: true,
    })
    fresh.on('error', () => drop(fresh))
    fresh.on('end', () => drop(fresh))
    try {
      await fresh.connect()
      // Whatever the role's default is, here a commit is durable when it is answered; a stricter setting stays.
      await fresh.query(
        "select set_config('synchronous_commit', 'on', false) where current_setting('synchronous_commit') = 'off'",
      )
    } catch (error) {
      // Nobody else knows of this session: each further try would leave another.
      drop(fresh)
      throw error
    }
    client = fresh
    return fresh
  }

  return {
    async query(statement) {
      const current = client ?? (await connect())
      try {
        await current.query(statement)
      } catch (error) {
        if (isConnectionError(error)) drop(current)
        throw error
      }
    },
    async close() {
      const last = client
      client = undefined
      await last?.end().catch(() => undefined)
    },
  }
}

/** True when the server may never have seen the statement, or its answer was lost: it may be sent again. */
export function isConnectionError(error: unknown): boolean {
  const code = (error as { code?: unknown } | null)?.code
  if (typeof code !== 'string') return true
  // Of the server's own five-letter codes only those after which the same statement may succeed, elsewhere or later.
  return !/^[0-9A-Z]{5}$/.test(code) || isTransient(code)
}
