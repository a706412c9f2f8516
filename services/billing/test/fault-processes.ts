import { type ChildProcess, spawn } from 'node:child_process'
import { createWriteStream, readFileSync } from 'node:fs'
import { setTimeout as after } from 'node:timers/promises'
import type { EmbeddedPostgres } from '@wellgate/shared/testing/embedded-postgres'
import { startKafka } from '@wellgate/shared/testing/kafka'
import { startPostgres } from '@wellgate/shared/testing/postgres'

/** Something that runs on, however often it is killed. */
export interface Kept {
  /** SIGKILL; resolves when another has taken its place. */
  kill(): Promise<void>
  stop(): Promise<void>
}

const RESTART_MS = 100

/** A program of Node's, started again whenever it ends. `ready` says whether it answers. */
export async function keepProcess(options: {
  entry: string
  env: Readonly<Record<string, string>>
  logFile: string
  ready: () => Promise<boolean>
}): Promise<Kept> {
  const log = createWriteStream(options.logFile, { flags: 'a' })
  let stopping = false
  let child: ChildProcess | undefined
  let ended: Promise<unknown> = Promise.resolve()
  const start = (): void => {
    const env = { PATH: process.env['PATH'] ?? '', ...options.env }
    const started = spawn(process.execPath, [options.entry], { env, stdio: ['ignore', 'pipe', 'pipe'] })
    started.stdout.pipe(log, { end: false })
    started.stderr.pipe(log, { end: false })
    child = started
    ended = new Promise((resolve) => started.once('exit', resolve))
    void ended.then(() => after(RESTART_MS)).then(() => (stopping ? undefined : start()))
  }
  const answers = async (): Promise<void> => {
    try {
      // What it needs may be dead just then, too.
      await until(120_000, `${options.entry} answers`, options.ready)
    } catch (cause) {
      throw new Error(`it does not answer, and says: ${readFileSync(options.logFile, 'utf8').slice(-2_000)}`, { cause })
    }
  }
  start()
  await answers()
  return {
    async kill() {
      const killed = ended
      child?.kill('SIGKILL')
      await killed
      await answers()
    },
    async stop() {
      stopping = true
      child?.kill('SIGKILL')
      await ended
      log.end()
    },
  }
}

/** A server of its own that forgets nothing it has committed, on one port for as long as it is kept. */
export async function keepPostgres(dataDir: string, port: number): Promise<Kept & { readonly adminUrl: string }> {
  const settings = { fsync: 'on', synchronous_commit: 'on', full_page_writes: 'on' }
  const start = (): Promise<EmbeddedPostgres> => startPostgres({ dataDir, port, settings })
  let server = await start()
  return {
    adminUrl: server.adminUrl,
    async kill() {
      process.kill(server.pid, 'SIGKILL')
      await server.ended
      // Its children hold its memory until they see that it is gone; until then no other begins.
      await until(60_000, 'Postgres is there again', async () => {
        server = await start()
        return true
      })
    },
    stop: () => server.stop(),
  }
}

/** A broker of its own that forgets nothing it has acknowledged, on one port for as long as it is kept. */
export async function keepKafka(): Promise<Kept & { readonly brokers: readonly string[] }> {
  const kafka = await startKafka()
  return {
    brokers: kafka.brokers,
    async kill() {
      await kafka.stop()
      await kafka.start()
    },
    stop: () => kafka.close(),
  }
}

/** Polls until it holds; what it throws means: not yet. @throws Error naming what did not come true in time */
export async function until(timeoutMs: number, what: string, holds: () => Promise<boolean>): Promise<void> {
  for (const deadline = Date.now() + timeoutMs; ; await after(50)) {
    if (await holds().catch(() => false)) return
    if (Date.now() > deadline) throw new Error(`not within ${timeoutMs} ms: ${what}`)
  }
}
