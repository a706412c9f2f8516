import { execFileSync } from 'node:child_process'
import { readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as after } from 'node:timers/promises'

const DEADLINE_MS = 20_000

/**
 * Clears what a killed run left in a data directory that we hold alone: a server that is still running is stopped,
 * and a pid file whose number now belongs to another program is removed (Postgres would refuse to start).
 */
export async function stopOrphan(dataDir: string): Promise<void> {
  const file = join(dataDir, 'postmaster.pid')
  const pid = readPid(file)
  if (pid === undefined || !isAlive(pid)) return
  if (!isPostgres(pid)) return rmSync(file, { force: true })
  process.kill(pid, 'SIGINT')
  const deadline = Date.now() + DEADLINE_MS
  while (isAlive(pid) && readPid(file) === pid) {
    if (Date.now() > deadline) throw new Error(`another Postgres (pid ${pid}) holds ${dataDir} and does not stop`)
    await after(50)
  }
}

function readPid(file: string): number | undefined {
  try {
    const pid = Number(readFileSync(file, 'utf8').split('\n')[0])
    return pid > 0 ? pid : undefined
  } catch {
    return undefined
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as { code?: string }).code === 'EPERM'
  }
}

function isPostgres(pid: number): boolean {
  try {
    return /postgres/.test(execFileSync('ps', ['-o', 'command=', '-p', String(pid)], { encoding: 'utf8' }))
  } catch {
    // Without ps, Postgres decides by itself: it refuses when the process lives.
    return true
  }
}
