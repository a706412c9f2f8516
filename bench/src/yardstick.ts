import { fileURLToPath } from 'node:url'
import { startChild, type Child } from './child.ts'
import { cpuOf, cpuOfPostgres } from './cpu.ts'
import { adminUrl, withAdmin } from './database.ts'
import { load } from './load.ts'

const ROWS = 1_000
/** It is so cheap that as many requests as the subject's would be few ticks of the CPU clock. */
const TIMES = 3
const SERVER = fileURLToPath(new URL('servers/bare-route.ts', import.meta.url))

/** CPU per request, in ms. */
export interface Measure {
  /** Of the route's process: what a multiple is of. */
  readonly own: number
  readonly postgres: number
}

export interface Yardstick {
  readonly url: string
  /** From three times as many requests as asked for. */
  measure(requests: number, connections: number): Promise<Measure>
  stop(): Promise<void>
}

/** A bare Fastify route doing one named `pg` SELECT by key, in its own process, on the stack's own Postgres. */
export async function startYardstick(dataDir: string, postmaster: () => number): Promise<Yardstick> {
  await withAdmin(dataDir, async (admin) => {
    await admin.query('create schema if not exists bench')
    await admin.query('drop table if exists bench.yardstick')
    await admin.query('create table bench.yardstick (id uuid primary key, body jsonb not null)')
    await admin.query(
      `insert into bench.yardstick
       select md5(n::text)::uuid, jsonb_build_object('name', 'someone', 'text', repeat('x', 600), 'n', n)
       from generate_series(1, $1) n`,
      [ROWS],
    )
    await admin.query('analyze bench.yardstick')
  })
  const id = await withAdmin(dataDir, async (admin) => {
    const { rows } = await admin.query<{ id: string }>('select id from bench.yardstick where id = md5($1)::uuid', ['7'])
    return rows[0]?.id ?? ''
  })
  const server: Child = await startChild(SERVER, { BENCH_DATABASE_URL: adminUrl(dataDir) })
  const url = `${server.url}/rows/${id}`
  return {
    url,
    async measure(requests, connections) {
      const spent = (): Measure => ({ own: cpuOf(server.pid), postgres: cpuOfPostgres(postmaster()) })
      const before = spent()
      await load({ url, requests: requests * TIMES, connections })
      const after = spent()
      const each = (part: keyof Measure): number => (after[part] - before[part]) / (requests * TIMES)
      return { own: each('own'), postgres: each('postgres') }
    },
    stop: () => server.stop(),
  }
}
