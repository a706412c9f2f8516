import { writeFileSync } from 'node:fs'
import { ADMIN_URL_VARIABLE, startPostgres } from '@wellgate/shared/testing/postgres'
import { layField, PER_PROVIDER } from '../../../services/appointments/test/race-field.ts'
import { startClinic } from '../../../services/appointments/test/support.ts'

// The service of the race in a process of its own, on a Postgres of its own that keeps what it commits. Started by race.ts.
const [clients, slots] = [Number(process.env['BENCH_CLIENTS']), Number(process.env['BENCH_SLOTS'])]
const postgres = await startPostgres({
  settings: { fsync: 'on', synchronous_commit: 'on', full_page_writes: 'on', max_connections: '60' },
})
process.env[ADMIN_URL_VARIABLE] = postgres.adminUrl
const clinic = await startClinic()
const fields = await layField(clinic, slots)
const providers = Math.ceil(slots / PER_PROVIDER)
const tokens = Array.from({ length: clients * providers }, () => clinic.patient().token)
const adminUrl = clinic.service.adminPool.options.connectionString
writeFileSync(process.env['BENCH_FIELD'] ?? '', JSON.stringify({ fields, tokens, adminUrl, postgres: postgres.pid }))

process.stdout.write(`${clinic.service.url}\n`)
const stop = async (): Promise<void> => {
  await clinic.service.stop()
  await postgres.stop()
  process.exit(0)
}
process.stdin.resume().once('end', () => void stop())
process.once('SIGTERM', () => void stop())
