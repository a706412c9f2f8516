import { spawn } from 'node:child_process'
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { freePort } from '@wellgate/shared/testing/free-port'
import { removeStack, until } from '../../../e2e/src/stack.ts'
import type { Bench } from '../bench.ts'
import type { Result } from '../result.ts'
import { show, spreadOf } from '../stats.ts'

const ROOT = resolve(import.meta.dirname, '../../..')
const GOAL_SECONDS = 10
const TIMES = 3
const READY_MS = 120_000

/** `npm start` to its line "ready", as a person waits for it: on an empty data directory, then on a used one. */
export async function start(bench: Bench): Promise<Result[]> {
  const first: number[] = []
  const second: number[] = []
  for (let n = 1; n <= TIMES; n++) {
    bench.say(`start: round ${n} of ${TIMES}`)
    const dataDir = mkdtempSync(join(tmpdir(), 'wellgate-bench-start-'))
    try {
      first.push(await startOnce(dataDir))
      second.push(await startOnce(dataDir))
    } finally {
      removeStack(dataDir)
    }
  }
  const again = spreadOf(second)
  return [
    {
      id: 'start',
      what: 'first npm start to ready (with demo)',
      value: `${show(spreadOf(first), 1)} s`,
      data: { first },
    },
    {
      id: 'start-again',
      what: 'second npm start to ready',
      value: `${show(again, 1)} s`,
      goal: `<= ${GOAL_SECONDS} s`,
      met: again.median <= GOAL_SECONDS,
      data: { second },
    },
  ]
}

/** Seconds from the command to "ready"; then Ctrl-C, awaited. */
async function startOnce(dataDir: string): Promise<number> {
  const port = await freePort()
  const began = performance.now()
  // A group of its own, so that the interrupt reaches npm and all below it, as a terminal's does.
  const child = spawn('npm', ['start', '--silent', '--', '--port', String(port), '--data-dir', dataDir], {
    cwd: ROOT,
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  })
  let output = ''
  let ready: number | undefined
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => {
      output += chunk.toString()
      if (/\bready:/.test(output)) ready ??= performance.now()
    })
  const ended = new Promise<void>((done) => child.once('close', () => done()))
  try {
    await until(READY_MS, `npm start is ready:\n${output}`, () => ready !== undefined || child.exitCode !== null)
    if (ready === undefined) throw new Error(`npm start ended:\n${output}`)
    return (ready - began) / 1000
  } finally {
    if (child.pid !== undefined && child.exitCode === null) process.kill(-child.pid, 'SIGINT')
    await ended
  }
}
