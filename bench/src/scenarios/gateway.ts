import { spawn } from 'node:child_process'
import { createWriteStream } from 'node:fs'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { freePort } from '@wellgate/shared/testing/free-port'
import { until } from '../../../e2e/src/stack.ts'
import type { Bench } from '../bench.ts'
import { startChild } from '../child.ts'
import { cpuOf } from '../cpu.ts'
import { load } from '../load.ts'
import type { Result } from '../result.ts'
import { WARM_UPS } from './rounds.ts'
import { show, spreadOf } from '../stats.ts'

const GOAL = 2
const GATEWAY = resolve(import.meta.dirname, '../../../services/gateway/src/main.ts')
const UPSTREAM = fileURLToPath(new URL('../servers/bare-upstream.ts', import.meta.url))
const PROXY = fileURLToPath(new URL('../servers/bare-proxy.ts', import.meta.url))

/** The gateway's own process in front of a bare upstream: its CPU only, against the yardstick's. Beside it, a bare proxy's. */
export async function gateway(bench: Bench): Promise<Result> {
  const { rounds, requests, connections } = bench.options
  const yardstick = await bench.yardstick()
  const upstream = await startChild(UPSTREAM)
  const own = await startGateway(bench.dataDir, upstream.url)
  const bare = await startChild(PROXY, { BENCH_UPSTREAM: upstream.url })
  const cpuPerRequest = async ({ url, pid }: { readonly url: string; readonly pid: number }): Promise<number> => {
    const before = cpuOf(pid)
    await load({ url: `${url}/v1/patients/me`, token: 'none', requests, connections })
    return (cpuOf(pid) - before) / requests
  }
  try {
    bench.say('gateway: warming up')
    for (let n = 0; n < WARM_UPS; n++) {
      await cpuPerRequest(own)
      await cpuPerRequest(bare)
      await yardstick.measure(requests, connections)
    }
    const samples: { yardstick: number; gateway: number; bare: number }[] = []
    for (let n = 1; n <= rounds; n++) {
      bench.say(`gateway: round ${n} of ${rounds}`)
      samples.push({
        yardstick: (await yardstick.measure(requests, connections)).own,
        gateway: await cpuPerRequest(own),
        bare: await cpuPerRequest(bare),
      })
    }
    const multiple = spreadOf(samples.map((one) => one.gateway / one.yardstick))
    const ms = spreadOf(samples.map((one) => one.gateway))
    const floor = spreadOf(samples.map((one) => one.bare / one.yardstick))
    return {
      id: 'gateway',
      what: 'gateway alone',
      value: `${ms.median.toFixed(3)} ms CPU`,
      multiple: show(multiple),
      goal: `<= ${GOAL}x`,
      met: multiple.median <= GOAL,
      notes: [`a proxy of the same Fastify and undici that does nothing else: ${show(floor)}x`],
      data: { multiple, ms, floor },
    }
  } finally {
    await own.stop()
    await bare.stop()
    await upstream.stop()
  }
}

async function startGateway(dataDir: string, upstream: string) {
  const port = await freePort()
  const ops = await freePort()
  const child = spawn(process.execPath, [GATEWAY], {
    env: {
      PATH: process.env['PATH'],
      WELLGATE_ENV: 'development',
      WELLGATE_DEPLOYMENT: 'bench',
      WELLGATE_HTTP_PORT: String(port),
      WELLGATE_OPS_PORT: String(ops),
      WELLGATE_UPSTREAM_PATIENTS: upstream,
      WELLGATE_RATE_LIMIT: '1000000',
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  // Its log goes to a file as in the stack: a pipe that nobody reads would stop it.
  child.stdout.pipe(createWriteStream(join(dataDir, 'logs', 'bench-gateway.log')))
  const ended = new Promise<void>((done) => child.once('close', () => done()))
  const ready = () =>
    fetch(`http://127.0.0.1:${ops}/readyz`).then(
      ({ ok }) => ok,
      () => false,
    )
  await until(30_000, 'the gateway is ready', ready)
  return {
    url: `http://127.0.0.1:${port}`,
    pid: child.pid ?? 0,
    stop: async () => {
      child.kill('SIGTERM')
      await ended
    },
  }
}
