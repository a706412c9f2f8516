import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { freePort } from './free-port.ts'

/** The end of what a broker says that does not start, characters. */
const COMPLAINTS = 2_000
const SCRIPT = fileURLToPath(new URL('../../../../scripts/kafka/kafka.js', import.meta.url))

export interface TestKafka {
  readonly brokers: readonly string[]
  /** Kills the broker as a power cut would; its data stays. */
  stop(): Promise<void>
  /** Starts it again on the same port and data; resolves when it answers. */
  start(): Promise<void>
  /** Every byte of its log segments. */
  segments(): Promise<Buffer>
  close(): Promise<void>
}

/**
 * Why a Kafka cannot be run here (no java, no jars and no way to fetch them), or undefined when it can: tests skip
 * visibly with this reason. Throws instead where everything is required (WELLGATE_REQUIRE_ALL=1).
 */
export async function whyNoKafka(env: Readonly<Record<string, string | undefined>>): Promise<string | undefined> {
  try {
    await promisify(execFile)('java', ['-version'])
    await promisify(execFile)(process.execPath, [SCRIPT, '--fetch-only'])
    return undefined
  } catch (error) {
    const why = `no Kafka here: ${error instanceof Error ? error.message.split('\n')[0] : 'unknown'}`
    if (env['WELLGATE_REQUIRE_ALL'] === '1') throw new Error(why, { cause: error })
    return why
  }
}

/**
 * A real broker of its own on loopback (scripts/kafka), in a temporary folder; up in about 4 s. Behind a proxy, it
 * tells clients the proxy's port.
 */
export async function startKafka(options: { port?: number; advertisedPort?: number } = {}): Promise<TestKafka> {
  const dir = await mkdtemp(join(tmpdir(), 'wellgate-kafka-'))
  const port = options.port ?? (await freePort())
  const { advertisedPort = port } = options
  const start = () => startScript(['--port', String(port), '--advertised-port', String(advertisedPort), '--dir', dir])
  let running = await start()
  const stop = async () => {
    if (running.script.exitCode !== null) return
    const ended = new Promise((resolve) => running.script.once('exit', resolve))
    process.kill(running.pid, 'SIGKILL')
    await ended
  }
  return {
    brokers: [`127.0.0.1:${port}`],
    stop,
    start: async () => {
      running = await start()
    },
    segments: async () => {
      const names = await readdir(join(dir, 'data'), { recursive: true })
      const logs = names.filter((name) => name.endsWith('.log'))
      return Buffer.concat(await Promise.all(logs.map((name) => readFile(join(dir, 'data', name)))))
    },
    close: async () => {
      await stop()
      await rm(dir, { recursive: true, force: true })
    },
  }
}

async function startScript(args: readonly string[]): Promise<{ script: ChildProcess; pid: number }> {
  const script = spawn(process.execPath, [SCRIPT, ...args, '--with-parent'], { stdio: ['pipe', 'pipe', 'pipe'] })
  let complaints = ''
  script.stderr.on('data', (said: Buffer) => (complaints = `${complaints}${said.toString()}`.slice(-COMPLAINTS)))
  for await (const line of createInterface({ input: script.stdout })) {
    const pid = /^kafka ready on .* \(pid (\d+)\)$/.exec(line)?.[1]
    if (pid !== undefined) return { script, pid: Number(pid) }
  }
  throw new Error(`kafka did not start: ${complaints}`)
}
