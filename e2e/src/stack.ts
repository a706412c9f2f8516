import { freePort } from '@wellgate/shared/testing/free-port'
import { removeDataDir } from '@wellgate/shared/testing/postgres-host'
import { spawn, type ChildProcess } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { setTimeout as after } from 'node:timers/promises'
import { createPortal, type Portal } from './portal.ts'

const ROOT = resolve(import.meta.dirname, '../..')
/** A first start makes a Postgres, migrates six schemas and imports the demo, beside whatever else the machine does. */
const READY_MS = 120_000

export interface Demo {
  readonly gateway: string
  readonly staff: readonly { role: string; email: string; password: string }[]
  readonly patients: readonly { id: string; email: string; password: string }[]
  readonly clinic: {
    readonly facilities: readonly { id: string; name: string; timeZone: string }[]
    readonly visitTypes: readonly { id: string; name: string; priceCode: string }[]
    readonly providers: readonly { id: string; name: string; facility: string }[]
  } | null
}

/** A whole Wellgate, started as `npm start` does, with a data directory of its own. */
export interface Stack {
  readonly dataDir: string
  readonly gateway: string
  readonly portal: Portal
  readonly demo: Demo
  /** The process that started all others, and starts again what ends. */
  readonly pid: number
  /** What it said, for a person. */
  readonly output: () => string
  /** The process of a service (or `postgres`) now. */
  pidOf(service: string): number
  /** SIGKILL, and resolves when another process has taken its place. */
  kill(service: string): Promise<void>
  /** Ctrl-C, awaited. Resolves with the exit code. Keeps the data directory when asked to. */
  stop(options?: { keep?: boolean }): Promise<number | null>
}

export async function startStack(
  options: { args?: readonly string[]; dataDir?: string; env?: Readonly<Record<string, string>> } = {},
): Promise<Stack> {
  const dataDir = options.dataDir ?? mkdtempSync(join(tmpdir(), 'wellgate-e2e-'))
  const port = await freePort()
  const args = ['packages/local/src/main.ts', '--port', String(port), '--data-dir', dataDir, ...(options.args ?? [])]
  const child = spawn(process.execPath, args, {
    cwd: ROOT,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...options.env },
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (output += chunk.toString()))
  const exited = new Promise<number | null>((done) => child.once('close', done))
  await becomesReady(child, () => output)

  const gateway = `http://127.0.0.1:${port}`
  const pidOf = (service: string): number => {
    const pids = JSON.parse(readFileSync(join(dataDir, 'pids.json'), 'utf8')) as Record<string, number>
    const pid = pids[service]
    if (!pid) throw new Error(`${service} has no process now`)
    return pid
  }
  return {
    dataDir,
    gateway,
    portal: createPortal(gateway),
    demo: JSON.parse(readFileSync(join(dataDir, 'demo.json'), 'utf8')) as Demo,
    pid: child.pid ?? 0,
    output: () => output,
    pidOf,
    async kill(service) {
      const before = pidOf(service)
      process.kill(before, 'SIGKILL')
      await until(30_000, `${service} is started again`, () => {
        try {
          return pidOf(service) !== before
        } catch {
          return false
        }
      })
    },
    async stop({ keep = false } = {}) {
      child.kill('SIGINT')
      const code = await exited
      if (!keep) removeStack(dataDir)
      return code
    },
  }
}

/** Deletes a stopped stack's data directory, and its cluster where that lies elsewhere. */
export function removeStack(dataDir: string): void {
  removeDataDir(join(dataDir, 'postgres'))
  rmSync(dataDir, { recursive: true, force: true })
}

/** Polls until it holds. @throws Error naming what did not come true in time */
export async function until(timeoutMs: number, what: string, holds: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = Date.now() + timeoutMs
  while (!(await holds())) {
    if (Date.now() > deadline) throw new Error(`not within ${timeoutMs} ms: ${what}`)
    await after(25)
  }
}

async function becomesReady(child: ChildProcess, output: () => string): Promise<void> {
  const deadline = Date.now() + READY_MS
  // The line with "ready" comes before the tables, whose last line says how to stop.
  while (!output().includes('Ctrl-C stops')) {
    if (child.exitCode !== null || Date.now() > deadline) {
      child.kill('SIGKILL')
      throw new Error(`Wellgate did not become ready:\n${output()}`)
    }
    await after(50)
  }
}
