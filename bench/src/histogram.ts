import { environmentOf } from './database.ts'

/** Cumulative counts by upper bound in seconds, as Prometheus gives them. */
export type Buckets = ReadonlyMap<number, number>

/** Reads a histogram without labels from a service's /metrics. */
export async function bucketsOf(dataDir: string, service: string, name: string): Promise<Buckets> {
  const port = environmentOf(dataDir, service)['WELLGATE_OPS_PORT']
  const text = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text()
  const found = text.matchAll(new RegExp(`^${name}_bucket\\{le="([^"]+)"[^}]*\\} (\\S+)$`, 'gm'))
  return new Map([...found].map(([, bound, count]) => [bound === '+Inf' ? Infinity : Number(bound), Number(count)]))
}

/** What was added between two readings. */
export const since = (before: Buckets, after: Buckets): Buckets =>
  new Map([...after].map(([bound, count]) => [bound, count - (before.get(bound) ?? 0)]))

export const countOf = (buckets: Buckets): number => buckets.get(Infinity) ?? 0

/** The quantile in ms by linear interpolation in its bucket, as Prometheus does it. NaN of nothing. */
export function quantileMs(buckets: Buckets, part: number): number {
  const rank = part * countOf(buckets)
  let lower = 0
  let below = 0
  for (const [bound, count] of [...buckets].toSorted(([a], [b]) => a - b)) {
    if (count >= rank && count > below) {
      const upper = bound === Infinity ? lower : bound
      return (lower + ((upper - lower) * (rank - below)) / (count - below)) * 1000
    }
    lower = bound
    below = count
  }
  return Number.NaN
}
