import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { createWriteStream } from 'node:fs'
import { join } from 'node:path'

/** The first of the names that is on the PATH. */
export const findProgram = (...names: readonly string[]): string | undefined =>
  names.find((name) => spawnSync(name, ['--version'], { stdio: 'ignore' }).status === 0)

export interface Program {
  stop(): Promise<void>
}

/** Runs a program until it is stopped, in our environment or its own; what it says is in `<folder>/<name>.log`. */
export function run(
  name: string,
  command: readonly string[],
  folder: string,
  env?: Readonly<Record<string, string>>,
): Program {
  const [program = '', ...args] = command
  const child: ChildProcess = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'], ...(env ? { env } : {}) })
  const log = createWriteStream(join(folder, `${name}.log`))
  child.stdout?.pipe(log, { end: false })
  child.stderr?.pipe(log, { end: false })
  const ended = new Promise<void>((done) => {
    child.once('close', () => done())
    child.once('error', () => done())
  })
  return {
    stop: async () => {
      child.kill('SIGTERM')
      await ended
      log.end()
    },
  }
}
