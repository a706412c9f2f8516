import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as after } from 'node:timers/promises'

const DEADLINE_MS = 20_000

/**
 * Clears what a killed run left in a data directory that we hold alone: a server that is still running is stopped,
 * and a pid file whose number now belongs to another program, or another server, is removed (Postgres would refuse to start).
 */
export async function stopOrphan(dataDir: string): Promise<void> {
  const file = join(dataDir, 'postmaster.pid')
  const pid = readPid(file)
  if (pid === undefined || !isAlive(pid)) return
  if (!isServerOf(dataDir, pid)) return rmSync(file, { force: true })
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

/** No other program, and no other Postgres: the folder may be a copy, and a number is given again. */
function isServerOf(dataDir: string, pid: number): boolean {
  try {
    return commandOf(pid).includes(`postgres -D ${dataDir} `)
  } catch {
    // Where nobody can be asked (Windows), a server outlives a killed run: it is taken for ours.
    return true
  }
}

/** Linux tells it without ps, which a slim image does not have. */
function commandOf(pid: number): string {
  const told = `/proc/${pid}/cmdline`
  if (existsSync(told)) return readFileSync(told, 'utf8').replaceAll('\0', ' ')
  return execFileSync('ps', ['-ww', '-o', 'command=', '-p', String(pid)], { encoding: 'utf8' })
}
