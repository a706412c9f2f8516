import { spawn, type ChildProcess } from 'node:child_process'
import { createWriteStream } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as after } from 'node:timers/promises'

/** A service's process: what to run, and where it says that it is ready. */
export interface ProcessSpec {
  readonly name: string
  readonly entry: string
  readonly env: Readonly<Record<string, string>>
  readonly readyUrl: string
}

export interface Supervisor {
  /** Resolves when every process has answered /readyz once. @throws Error naming one that did not in time */
  ready(timeoutMs: number): Promise<void>
  stop(): Promise<void>
}

const FIRST_BACKOFF_MS = 250
const LONGEST_BACKOFF_MS = 10_000
/** A process that lived this long is taken as healthy: its next restart waits the first back-off again. */
const HEALTHY_MS = 30_000
/** Longer than the sum of a service's shutdown phases. */
const KILL_AFTER_MS = 100_000

/** Runs each service as its own process; one that ends is started again with back-off while the others go on. */
export function supervise(
  specs: readonly ProcessSpec[],
  options: {
    logs: string
    cache: string
    say: (line: string) => void
    onPids: (pids: Readonly<Record<string, number>>) => void
  },
): Supervisor {
  const children = new Map<string, ChildProcess>()
  let stopping = false
  const tellPids = (): void =>
    options.onPids(Object.fromEntries([...children].flatMap(([name, { pid }]) => (pid ? [[name, pid]] : []))))

  const start = (spec: ProcessSpec, backoffMs: number): void => {
    const started = Date.now()
    const child = spawn(process.execPath, [spec.entry], {
      // Compiled code kept between starts: less memory a process, and sooner ready.
      env: { ...surroundings(), NODE_COMPILE_CACHE: options.cache, ...spec.env },
      // Detached: Ctrl-C of the terminal reaches only us, and we stop them in order. The channel tells them if we die.
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      detached: true,
    })
    const log = createWriteStream(join(options.logs, `${spec.name}.log`), { flags: 'a', mode: 0o600 })
    log.on('error', () => undefined)
    child.stdout?.pipe(log, { end: false })
    child.stderr?.pipe(log, { end: false })
    children.set(spec.name, child)
    tellPids()
    child.on('error', () => undefined)
    child.on('close', (code, signal) => {
      log.end()
      children.delete(spec.name)
      if (stopping) return
      const wait = Date.now() - started > HEALTHY_MS ? FIRST_BACKOFF_MS : backoffMs
      options.say(
        `${spec.name} ended (${signal ?? `code ${code}`}); starting it again in ${wait} ms — see ${spec.name}.log`,
      )
      void after(wait).then(() => stopping || start(spec, Math.min(wait * 2, LONGEST_BACKOFF_MS)))
    })
  }
  for (const spec of specs) start(spec, FIRST_BACKOFF_MS)

  return {
    async ready(timeoutMs) {
      const deadline = Date.now() + timeoutMs
      await Promise.all(specs.map((spec) => answers(spec, deadline, () => stopping)))
    },
    async stop() {
      stopping = true
      await Promise.all([...children.values()].map(end))
    },
  }
}

/** What a process needs of ours; a stray WELLGATE_ variable of the shell must not reach a service. */
function surroundings(): Record<string, string> {
  const kept = ['PATH', 'HOME', 'TMPDIR', 'LANG', 'NODE_EXTRA_CA_CERTS']
  return Object.fromEntries(kept.flatMap((name) => (process.env[name] ? [[name, process.env[name]]] : [])))
}

async function answers(spec: ProcessSpec, deadline: number, given: () => boolean): Promise<void> {
  while (Date.now() < deadline && !given()) {
    const ok = await fetch(spec.readyUrl, { signal: AbortSignal.timeout(2_000) }).then(
      (response) => response.ok,
      () => false,
    )
    if (ok) return
    await after(50)
  }
  if (!given()) throw new Error(`${spec.name} did not become ready; its log says why: ${spec.name}.log`)
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()))
  child.kill('SIGTERM')
  const timer = setTimeout(() => child.kill('SIGKILL'), KILL_AFTER_MS)
  await ended
  clearTimeout(timer)
}
