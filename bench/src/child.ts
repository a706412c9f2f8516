import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'

export interface Child {
  readonly url: string
  readonly pid: number
  stop(): Promise<void>
}

/** Runs a server of ours in a process of its own, which ends with us. @throws Error when it ends before it listens */
export async function startChild(entry: string, env: Readonly<Record<string, string>> = {}): Promise<Child> {
  const child = spawn(process.execPath, [entry], {
    env: { PATH: process.env['PATH'], ...env },
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const ended = new Promise<void>((done) => child.once('close', () => done()))
  for await (const line of createInterface({ input: child.stdout })) {
    if (!line.startsWith('http') || child.pid === undefined) continue
    return {
      url: line,
      pid: child.pid,
      stop: async () => {
        child.kill('SIGTERM')
        await ended
      },
    }
  }
  throw new Error(`${entry} ended before it listened`)
}
