import { fileURLToPath } from 'node:url'
import type { Bench } from '../bench.ts'
import { startChild } from '../child.ts'
import { cpuOf } from '../cpu.ts'
import { adminUrl } from '../database.ts'
import { load } from '../load.ts'
import type { Result } from '../result.ts'
import { show, spreadOf } from '../stats.ts'
import { WARM_UPS } from './rounds.ts'

const ROUTE = fileURLToPath(new URL('../servers/bare-route.ts', import.meta.url))
const PROXY = fileURLToPath(new URL('../servers/bare-proxy.ts', import.meta.url))

/** What any read through a gateway costs at the least: the yardstick's own route behind a proxy that does nothing else. */
export async function floor(bench: Bench): Promise<Result> {
  const { rounds, requests, connections } = bench.options
  const yardstick = await bench.yardstick()
  const route = await startChild(ROUTE, { BENCH_DATABASE_URL: adminUrl(bench.dataDir) })
  const proxy = await startChild(PROXY, { BENCH_UPSTREAM: route.url })
  const url = proxy.url + new URL(yardstick.url).pathname
  const measure = async () => {
    const spent = () => ({ route: cpuOf(route.pid), proxy: cpuOf(proxy.pid) })
    const before = spent()
    await load({ url, token: 'none', requests, connections })
    const after = spent()
    return { route: (after.route - before.route) / requests, proxy: (after.proxy - before.proxy) / requests }
  }
  try {
    bench.say('floor: warming up')
    for (let n = 0; n < WARM_UPS; n++) {
      await measure()
      await yardstick.measure(requests, connections)
    }
    const samples: { yardstick: number; route: number; proxy: number }[] = []
    for (let n = 1; n <= rounds; n++) {
      bench.say(`floor: round ${n} of ${rounds}`)
      samples.push({ yardstick: (await yardstick.measure(requests, connections)).own, ...(await measure()) })
    }
    const multiple = spreadOf(samples.map((one) => (one.route + one.proxy) / one.yardstick))
    const ms = spreadOf(samples.map((one) => one.route + one.proxy))
    const behind = spreadOf(samples.map((one) => one.route / one.yardstick))
    return {
      id: 'floor',
      what: 'the yardstick behind a bare proxy',
      value: `${ms.median.toFixed(3)} ms CPU`,
      multiple: show(multiple),
      notes: [`the same route takes ${show(behind)}x of itself when it shares the cores with the proxy`],
      data: { multiple, ms, behind },
    }
  } finally {
    await proxy.stop()
    await route.stop()
  }
}
