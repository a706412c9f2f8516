import { randomUUID } from 'node:crypto'
import { parseArgs } from 'node:util'
import { billingPatientRoutes } from '@wellgate/shared/contracts/billing/patient-routes'
import { one, rows } from '@wellgate/shared/db/query'
import { ADMIN_URL_VARIABLE, startPostgres } from '@wellgate/shared/testing/postgres'
import { type RunningTestService, startTestService } from '@wellgate/shared/testing/service'
import { Client } from 'pg'
import { balanceOfPatient } from '../../services/billing/src/invoices/invoice-sql.ts'
import { againstLines } from '../../services/billing/src/reports/report-sql.ts'
import { billingService } from '../../services/billing/src/service.ts'
import { cpuOfPostgres } from './cpu.ts'
import { quantile } from './stats.ts'

// By itself, because a ledger has to be laid: node bench/src/ledger-balance.ts [--lines 1000,1000000] [--times 1000]
// What a balance costs as the ledger grows: billing's own statement and route on a Postgres of its own. Half of all lines
// are of the one patient who asks. The trigger that keeps balances is on while they are laid, as in service.

const { values } = parseArgs({
  options: { lines: { type: 'string', default: '1000,1000000' }, times: { type: 'string', default: '1000' } },
})
const TIMES = Number(values.times)
const LINES_A_VISIT = 4
/** Visits a transaction. */
const BATCH = 10_000
const OPEN = 3
const OTHERS = 10_000

const today = new Date().toISOString().slice(0, 10)
const server = await startPostgres()
process.env[ADMIN_URL_VARIABLE] = server.adminUrl
try {
  for (const lines of values.lines.split(',').map(Number)) await measure(lines)
} finally {
  await server.stop()
}

async function measure(lines: number): Promise<void> {
  const service = await startTestService(billingService, {
    roles: ['http'],
    config: {
      WELLGATE_PAYMENT_KEY: 'sk_test',
      WELLGATE_PAYMENT_WEBHOOK_SECRET: 'whsec',
      WELLGATE_STATEMENT_TIMEOUT_MS: '600000',
    },
  })
  const patientId = randomUUID()
  const laid = await lay(service, patientId, lines)
  const asked = [today, patientId, 'USD']
  const owed = await one(service.pool, balanceOfPatient, asked)
  const audited = performance.now()
  const { imbalance } = await one(service.pool, againstLines)
  const auditMs = performance.now() - audited
  const [summed] = (
    await service.adminPool.query(
      `select sum(l.amount)::float8 as balance from billing.journal_line l join billing.account a on a.id = l.account_id
      where a.patient_id = $1 and a.kind = 'patient-receivable'`,
      [patientId],
    )
  ).rows
  if (imbalance !== '0' || summed?.balance !== owed.balance) throw new Error('a balance is not its lines')
  process.stdout.write(
    `${laid} lines: balance ${owed.balance}, overdue ${owed.overdue}, equal to its lines; every balance held against its lines in ${auditMs.toFixed(0)} ms\n`,
  )

  const route = billingPatientRoutes.find(({ id }) => id === 'billing.get-balance')
  if (!route) throw new Error('there is no such route')
  const token = service.issueToken({ patientId })
  const cases: [string, () => Promise<unknown>][] = [
    ['statement', () => rows(service.pool, balanceOfPatient, asked)],
    ['route', () => service.call(route, { token, params: { patientId: 'me' } })],
  ]
  for (const [what, run] of cases) {
    for (let n = 0; n < 200; n++) await run()
    const took: number[] = []
    const [before, postgres] = [process.cpuUsage(), cpuOfPostgres(server.pid)]
    for (let n = 0; n < TIMES; n++) {
      const began = performance.now()
      await run()
      took.push(performance.now() - began)
    }
    const { user, system } = process.cpuUsage(before)
    const ofPostgres = (cpuOfPostgres(server.pid) - postgres) / TIMES
    process.stdout.write(
      `${laid} lines, ${what}: CPU ${((user + system) / 1000 / TIMES).toFixed(3)} ms of ours, ${ofPostgres.toFixed(3)} ms of Postgres; p50 ${quantile(took, 0.5).toFixed(2)} ms, p99 ${quantile(took, 0.99).toFixed(2)} ms\n`,
    )
  }
  await service.stop()
}

/** Visits, each charged and but for the last few of the patient's forgiven in whole: four lines. Gives how many lines there are. */
async function lay({ adminPool }: RunningTestService, patientId: string, lines: number): Promise<number> {
  // A client of its own: a commit that checks thousands of entries takes its time.
  const client = new Client({ connectionString: adminPool.options.connectionString })
  await client.connect()
  try {
    await client.query('set search_path = billing')
    // What is checked row by row would cost most of the time of laying; the balances are kept by statement.
    await client.query('alter table journal_line disable trigger all')
    await client.query('alter table journal_line enable trigger journal_line_balance')
    await client.query('alter table journal_entry disable trigger all')
    await client.query(
      `insert into account
       select gen_random_uuid(), 'patient-receivable', md5(n::text)::uuid, 'USD' from generate_series(1, $2) n
       union all select gen_random_uuid(), 'patient-receivable', $1, 'USD'
       union all select gen_random_uuid(), kind, null, 'USD' from (values ('revenue'), ('adjustments')) k (kind)`,
      [patientId, OTHERS],
    )
    const visits = Math.ceil(lines / LINES_A_VISIT)
    for (let from = 0; from < visits; from += BATCH) {
      const until = Math.min(from + BATCH, visits)
      await client.query('begin')
      await client.query(
        `create temporary table laid on commit drop as
           select gen_random_uuid() as invoice, gen_random_uuid() as charge, gen_random_uuid() as forgiven, n,
             case when n % 2 = 0 then $1::uuid else md5((1 + n % $4)::text)::uuid end as patient,
             n < $3 - 2 * $5 as settled
           from generate_series($2::int, $6::int - 1) n`,
        [patientId, from, visits, OTHERS, OPEN, until],
      )
      await client.query(
        `insert into invoice (id, number, patient_id, issued_on, due_on, currency, total, patient_share, insurer_share, adjusted, document)
         select invoice, n, patient, '2026-01-01', '2026-01-31', 'USD', 1000, 1000, 0, case when settled then 1000 else 0 end, ''
           from laid`,
      )
      await client.query(
        `insert into journal_entry (id, booked_on, kind, patient_id, invoice_id)
         select charge, date '2026-01-01', 'charge', patient, invoice from laid
         union all select forgiven, date '2026-01-02', 'adjustment', patient, invoice from laid where settled`,
      )
      await client.query(
        `insert into journal_line
         select e.id, l.line, l.account, l.amount from laid
           join account own on own.kind = 'patient-receivable' and own.patient_id = laid.patient
           cross join (select id from account where kind = 'revenue') revenue
           cross join (select id from account where kind = 'adjustments') adjustments
           cross join lateral (values (charge, revenue.id, 1), (forgiven, adjustments.id, -1)) e (id, other, sign)
           cross join lateral (values (1, own.id, 1000 * e.sign), (2, e.other, -1000 * e.sign)) l (line, account, amount)
          where settled or e.sign = 1`,
      )
      await client.query('commit')
    }
    await client.query('analyze')
    return (await client.query<{ n: number }>('select count(*)::int as n from journal_line')).rows[0]?.n ?? 0
  } finally {
    await client.end()
  }
}
