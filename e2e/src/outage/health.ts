import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as after } from 'node:timers/promises'

interface Seen {
  readonly path: '/livez' | '/readyz'
  /** When the answer came, by `performance.now()`. */
  readonly at: number
  readonly status: number
}

export interface Slowest {
  readonly service: string
  readonly ms: number
}

/** What a process said of itself while something was away. */
export interface HealthWatch {
  /** How long from `since` until every service had turned unready. @throws Error naming one that had not */
  unreadyAfter(since: number): Slowest
  /** How long from `since` until every service was ready and stayed so. @throws Error naming one that is not */
  readyAfter(since: number): Slowest
  /** Whether all of them say that they are ready. */
  allReady(): boolean
  /** Answers of /livez that were not 200, by service. */
  dead(): string[]
  stop(): Promise<void>
}

const EVERY_MS = 100

/** Asks each service for /livez and /readyz, ten times a second, until it is stopped. */
export function watchHealth(dataDir: string, services: readonly string[]): HealthWatch {
  const seen = new Map<string, Seen[]>(services.map((service) => [service, []]))
  const stop = new AbortController()
  const ask = async (service: string, url: string, path: Seen['path']): Promise<void> => {
    while (!stop.signal.aborted) {
      const status = await fetch(url + path, { signal: AbortSignal.timeout(5_000) }).then(
        async (answer) => (await answer.body?.cancel(), answer.status),
        () => 0,
      )
      seen.get(service)?.push({ path, at: performance.now(), status })
      await after(EVERY_MS)
    }
  }
  const loops = services.flatMap((service) => {
    const url = opsUrlOf(dataDir, service)
    return [ask(service, url, '/livez'), ask(service, url, '/readyz')]
  })
  const readyz = (service: string, since: number) =>
    (seen.get(service) ?? []).filter(({ path, at }) => path === '/readyz' && at >= since)
  const slowest = (since: number, what: string, find: (answers: readonly Seen[]) => Seen | undefined): Slowest => {
    const all = services.map((service) => {
      const found = find(readyz(service, since))
      if (!found) throw new Error(`${service} did not turn ${what}: it said ${story(readyz(service, since))}`)
      return { service, ms: Math.round(found.at - since) }
    })
    return all.reduce((one, other) => (other.ms > one.ms ? other : one))
  }
  return {
    unreadyAfter: (since) => slowest(since, 'unready', (all) => all.find(({ status }) => status === 503)),
    readyAfter: (since) => slowest(since, 'ready', (all) => all[all.findLastIndex(({ status }) => status !== 200) + 1]),
    allReady: () => services.every((service) => readyz(service, 0).at(-1)?.status === 200),
    dead: () =>
      services.filter((service) => seen.get(service)?.some(({ path, status }) => path === '/livez' && status !== 200)),
    async stop() {
      stop.abort()
      await Promise.all(loops)
    },
  }
}

function opsUrlOf(dataDir: string, service: string): string {
  const env = readFileSync(join(dataDir, 'env', `${service}.env`), 'utf8')
  return `http://127.0.0.1:${/WELLGATE_OPS_PORT="(\d+)"/.exec(env)?.[1]}`
}

/** `200 ×12, 503 ×61, 200 ×4` */
function story(answers: readonly Seen[]): string {
  const runs: { status: number; times: number }[] = []
  for (const { status } of answers) {
    const last = runs.at(-1)
    if (last?.status === status) last.times += 1
    else runs.push({ status, times: 1 })
  }
  return runs.map(({ status, times }) => `${status} ×${times}`).join(', ')
}
