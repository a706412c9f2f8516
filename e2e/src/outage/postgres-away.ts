import { execFileSync } from 'node:child_process'
import process from 'node:process'
import { Client } from 'pg'
import { until, type Stack } from '../stack.ts'

/** A database that is gone, until it is brought back. Resolves when it answers again. */
export type BringBack = () => Promise<void>

/** Killed, and not started again: who connects is refused. */
export function killPostgres(stack: Stack, adminUrl: string): BringBack {
  // Who would start it again must not.
  process.kill(stack.pid, 'SIGSTOP')
  process.kill(stack.pidOf('postgres'), 'SIGKILL')
  return async () => {
    process.kill(stack.pid, 'SIGCONT')
    await answers(adminUrl)
  }
}

/** Silent, as behind a network that swallows packets: connections are taken, and nothing comes back. */
export function silencePostgres(stack: Stack, adminUrl: string): BringBack {
  const server = stack.pidOf('postgres')
  const sessions = execFileSync('pgrep', ['-P', String(server)], { encoding: 'utf8' })
  const all = [server, ...sessions.trim().split('\n').map(Number)]
  const tell = (signal: 'SIGSTOP' | 'SIGCONT'): void => {
    for (const pid of all) {
      try {
        process.kill(pid, signal)
      } catch {
        // A session that has ended meanwhile.
      }
    }
  }
  tell('SIGSTOP')
  return async () => {
    tell('SIGCONT')
    await answers(adminUrl)
  }
}

const answers = (adminUrl: string): Promise<void> =>
  until(30_000, 'Postgres answers again', async () => {
    const client = new Client({ connectionString: adminUrl, connectionTimeoutMillis: 1_000 })
    try {
      await client.connect()
      await client.query('select 1')
      return true
    } catch {
      return false
    } finally {
      await client.end().catch(() => undefined)
    }
  })
