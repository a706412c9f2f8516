import { spawnSync } from 'node:child_process'

export interface Kubectl {
  /** Runs a command. @throws Error with what kubectl said */
  run(args: readonly string[], input?: string): string
  /** The same, for one that is expected to fail: what it said, or null when it did not. */
  refused(args: readonly string[], input?: string): string | null
  json<T>(args: readonly string[]): T
  /** Asks until the answer is there. @throws Error after the deadline, with what was awaited */
  until(what: string, seconds: number, ask: () => boolean): Promise<void>
}

/** kubectl on one cluster. */
export function createKubectl(program: string, kubeconfig: string): Kubectl {
  const call = (args: readonly string[], input?: string) =>
    spawnSync(program, ['--kubeconfig', kubeconfig, ...args], {
      encoding: 'utf8',
      maxBuffer: 64 * 1024 * 1024,
      ...(input === undefined ? {} : { input }),
    })
  const run = (args: readonly string[], input?: string): string => {
    const { status, stdout, stderr } = call(args, input)
    if (status !== 0) throw new Error(`kubectl ${args.join(' ')}: ${stderr.trim()}`)
    return stdout
  }
  return {
    run,
    refused(args, input) {
      const { status, stderr } = call(args, input)
      return status === 0 ? null : stderr.trim()
    },
    json: <T>(args: readonly string[]) => JSON.parse(run([...args, '-o', 'json'])) as T,
    async until(what, seconds, ask) {
      const deadline = Date.now() + seconds * 1000
      while (!ask()) {
        if (Date.now() > deadline) throw new Error(`${what}: not within ${seconds} s`)
        await new Promise((resolve) => setTimeout(resolve, 1_000))
      }
    },
  }
}
