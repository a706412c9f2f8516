import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { loadavg, tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { fileURLToPath } from 'node:url'
import { appointmentsRoutes } from '@wellgate/shared/contracts/appointments/routes'
import { Pool } from 'pg'
import { type Field, runRace } from '../../services/appointments/test/race-field.ts'
import { startChild } from './child.ts'
import { spending } from './cpu.ts'
import { createSender } from './send.ts'
import { quantile } from './stats.ts'

// By itself, because it takes minutes: node bench/src/race.ts [--clients 200] [--slots 1000]
// So many clients want each of so many slots, all at once; see services/appointments/test/race-field.ts.

interface Laid {
  readonly fields: readonly Field[]
  readonly tokens: readonly string[]
  readonly adminUrl: string
  readonly postgres: number
}

const GOAL_MS = 1_000
const { values } = parseArgs({
  options: { clients: { type: 'string', default: '200' }, slots: { type: 'string', default: '1000' } },
})
const [clients, slots] = [Number(values.clients), Number(values.slots)]
const folder = mkdtempSync(join(tmpdir(), 'wellgate-race-'))
const file = join(folder, 'field.json')
const say = (line: string): void => void process.stdout.write(`${line}\n`)

const server = await startChild(fileURLToPath(new URL('servers/race-clinic.ts', import.meta.url)), {
  BENCH_CLIENTS: String(clients),
  BENCH_SLOTS: String(slots),
  BENCH_FIELD: file,
})
const { fields, tokens, adminUrl, postgres } = JSON.parse(readFileSync(file, 'utf8')) as Laid
const admin = new Pool({ connectionString: adminUrl, max: 2 })
const sender = createSender({ connections: clients + 1 })
const providers = tokens.length / clients
try {
  const before = loadavg()[0]?.toFixed(1)
  const began = performance.now()
  const {
    result,
    services,
    postgres: theirs,
  } = await spending({ appointments: server.pid }, postgres, () =>
    runRace(fields, clients, {
      call(id, options = {}) {
        const contract = appointmentsRoutes.find((route) => route.id === id)
        if (!contract) throw new Error(`no contract ${id}`)
        const path = contract.path.replace(/:(\w+)/g, (_, name: string) => options.params?.[name] ?? '')
        return sender.send(contract.method, server.url + path, options)
      },
      sql: async (text, parameters = []) => (await admin.query<Record<string, unknown>>(text, parameters)).rows,
      token: (client, provider) => tokens[client * providers + provider] ?? '',
    }),
  )
  const seconds = (performance.now() - began) / 1000
  const { lost, won, wrong } = result
  const [p50, p99, most] = [0.5, 0.99, 1].map((part) => quantile(lost, part))
  const asked = lost.length + won
  say(
    `${clients} clients, ${slots} slots: ${asked} answers in ${seconds.toFixed(0)} s, load before ${before}, after ${loadavg()[0]?.toFixed(1)}`,
  )
  say(`${won} won (the other slots stayed with their owners), ${lost.length} lost; not as it must be: ${wrong.length}`)
  for (const one of wrong.slice(0, 20)) say(`  ${one}`)
  say(
    `losers waited p50 ${p50?.toFixed(0)} ms, p99 ${p99?.toFixed(0)} ms, max ${most?.toFixed(0)} ms: ${(most ?? 0) < GOAL_MS ? 'met' : 'MISSED'} (goal: all under ${GOAL_MS} ms)`,
  )
  say(
    `CPU an answer: ${((services['appointments'] ?? 0) / asked).toFixed(2)} ms of the service, ${(theirs / asked).toFixed(2)} ms of Postgres`,
  )
  if (wrong.length > 0) process.exitCode = 1
} finally {
  sender.close()
  await admin.end()
  await server.stop()
  rmSync(folder, { recursive: true, force: true })
}
