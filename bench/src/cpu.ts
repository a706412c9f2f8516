import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** Linux reports CPU times in these, whatever its own tick is. */
const MS_PER_TICK = 10
const NS_PER_MS = 1e6

interface Stat {
  readonly parent: number
  readonly ownMs: number
  /** Of children that have ended and were waited for. */
  readonly reapedMs: number
}

function statOf(pid: number): Stat | undefined {
  let text: string
  try {
    text = readFileSync(`/proc/${pid}/stat`, 'utf8')
  } catch {
    return undefined
  }
  // The name may hold spaces and brackets: fields are counted from the last bracket (proc(5): 3 is the state).
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
  const field = (n: number): number => Number(fields[n - 3])
  return {
    parent: field(4),
    ownMs: (field(14) + field(15)) * MS_PER_TICK,
    reapedMs: (field(16) + field(17)) * MS_PER_TICK,
  }
}

/**
 * Time on a core of all threads that a process has, in ms, by the scheduler's own count: ticks of 10 ms would be a
 * twentieth of a round of the yardstick. @throws Error when it is gone
 */
export function cpuOf(pid: number): number {
  const folder = `/proc/${pid}/task`
  const times = readdirSync(folder).map((thread) => readFileSync(join(folder, thread, 'schedstat'), 'utf8'))
  return times.reduce((sum, text) => sum + Number(text.slice(0, text.indexOf(' '))) / NS_PER_MS, 0)
}

/** Postgres in ms: the postmaster, its children now, and those that have ended. @throws Error when it is gone */
export function cpuOfPostgres(postmaster: number): number {
  const main = statOf(postmaster)
  if (!main) throw new Error(`Postgres ${postmaster} is gone: its CPU cannot be told`)
  return childrenOf(postmaster).reduce((sum, pid) => sum + (statOf(pid)?.ownMs ?? 0), main.ownMs + main.reapedMs)
}

export function childrenOf(parent: number): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => statOf(pid)?.parent === parent)
}

export interface Memory {
  /** Resident set in bytes: shared pages counted in full. */
  readonly rss: number
  /** Proportional set in bytes: a page that n processes share counts 1/n in each. */
  readonly pss: number
}

export function memoryOf(pid: number): Memory {
  const text = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8')
  const bytes = (name: string): number =>
    Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(text)?.[1] ?? Number.NaN) * 1024
  return { rss: bytes('Rss'), pss: bytes('Pss') }
}

export interface CpuUsed {
  /** By name of the service, in ms. */
  readonly services: Readonly<Record<string, number>>
  readonly ours: number
  readonly postgres: number
}

/** What the named processes and Postgres spent while `work` ran, and what it gave. */
export async function spending<T>(
  pids: Readonly<Record<string, number>>,
  postmaster: number,
  work: () => Promise<T>,
): Promise<CpuUsed & { readonly result: T }> {
  const look = () => ({
    services: Object.fromEntries(Object.entries(pids).map(([name, pid]) => [name, cpuOf(pid)])),
    postgres: cpuOfPostgres(postmaster),
  })
  const before = look()
  const result = await work()
  const after = look()
  const services = Object.fromEntries(
    Object.entries(after.services).map(([name, ms]) => [name, ms - (before.services[name] ?? 0)]),
  )
  const ours = Object.values(services).reduce((sum, ms) => sum + ms, 0)
  return { services, ours, postgres: after.postgres - before.postgres, result }
}
