import { execFile } from 'node:child_process'
import { join } from 'node:path'
import process from 'node:process'
import { promisify } from 'node:util'
import { until } from '../stack.ts'

const ROOT = join(import.meta.dirname, '../../..')
const run = promisify(execFile)

/** A service's container. */
export interface Replica {
  readonly service: string
  readonly id: string
}

export interface Fleet {
  /** Every replica, those of a service one after the other. */
  readonly replicas: readonly Replica[]
  readonly gateways: readonly string[]
  /** Ends it with the signal, starts it again, and resolves when it is healthy. */
  restart(replica: Replica, signal: 'SIGTERM' | 'SIGKILL'): Promise<void>
  /** One of each again. */
  shrink(): Promise<void>
}

/** Brings the compose project that runs to two replicas of each service, its gateways on `port` and the next. */
export async function startFleet(services: readonly string[], port: number): Promise<Fleet> {
  const compose = (args: readonly string[]) =>
    run('docker', ['compose', ...args], {
      cwd: ROOT,
      env: { ...process.env, WELLGATE_PORT: String(port), WELLGATE_PORTS: `${port}-${port + 1}` },
      maxBuffer: 16 * 1024 * 1024,
    })
  const two = ['-f', 'docker-compose.yml', '-f', 'e2e/src/rolling/two-of-each.yml']
  await compose([...two, 'up', '-d', '--wait', '--no-build'])
  const replicas: Replica[] = []
  for (const service of services) {
    const { stdout } = await compose([...two, 'ps', '-q', service])
    replicas.push(
      ...stdout
        .trim()
        .split('\n')
        .map((id) => ({ service, id })),
    )
  }
  return {
    replicas,
    gateways: [port, port + 1].map((at) => `http://127.0.0.1:${at}`),
    async restart({ service, id }, signal) {
      if (signal === 'SIGTERM') await run('docker', ['stop', '--time', '120', id])
      else await run('docker', ['kill', '--signal', 'KILL', id])
      await run('docker', ['start', id])
      await until(120_000, `${service} is healthy again`, async () => {
        const { stdout } = await run('docker', ['inspect', '--format', '{{.State.Health.Status}}', id])
        return stdout.trim() === 'healthy'
      })
    },
    async shrink() {
      await compose(['up', '-d', '--wait', '--no-build'])
    },
  }
}
