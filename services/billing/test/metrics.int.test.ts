import { createPool } from '@wellgate/shared/db/pool'
import { gaugeOf, createMetrics, type Metrics } from '@wellgate/shared/observability/metrics'
import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { billingMetrics, measureBooks, measureLines } from '../src/metrics.ts'
import { startOffice, type Office } from './support.ts'

let office: Office
beforeAll(async () => {
  office = await startOffice()
  // The service's own look at its start would be in the way of these.
  const looked = 'select from billing.ledger_look where looked_at is not null'
  await vi.waitFor(async () => expect((await office.service.adminPool.query(looked)).rowCount).toBe(1), 20_000)
})
afterAll(() => office.service.stop())

const overdueOf = async (metrics: Metrics) => (await gaugeOf(metrics, billingMetrics.overdue).get()).values[0]?.value
/** Whole minutes by status. */
const unsettledOf = async (metrics: Metrics) =>
  Object.fromEntries(
    (await gaugeOf(metrics, billingMetrics.unsettled).get()).values.map(({ labels, value }) => [
      labels['status'],
      Math.floor(value / 60),
    ]),
  )
const imbalanceOf = async (metrics: Metrics) =>
  (await gaugeOf(metrics, billingMetrics.imbalance).get()).values.map(({ labels, value }) => [labels['of'], value])

async function look(): Promise<Metrics> {
  const metrics = createMetrics('billing')
  await measureBooks(office.service.pool, metrics)
  await measureLines(office.service.pool, metrics, 0)
  return metrics
}

/** As a process of several does it, each hour by its own clock. */
async function lookInTurn(againS?: number): Promise<unknown> {
  const metrics = createMetrics('billing')
  await measureLines(office.service.pool, metrics, againS)
  return imbalanceOf(metrics)
}

/** Changes a balance as somebody could who has the rights of the server's administrator. */
async function change(by: number): Promise<void> {
  const client = await office.service.adminPool.connect()
  try {
    await client.query("set session_replication_role = 'replica'")
    await client.query(
      'update billing.account_balance set balance = balance + $1 where account_id = (select min(account_id::text)::uuid from billing.account_balance)',
      [by],
    )
  } finally {
    client.release(true)
  }
}

const BALANCED = [
  ['balances', 0],
  ['lines', 0],
]

it('books that balance show 0; a balance that is not its lines shows by how much', async () => {
  expect(await imbalanceOf(await look())).toEqual(BALANCED)
  await office.price('LAB', 700)
  const { patientId } = await office.patient()
  await office.invoice(patientId, 'LAB')
  const metrics = await look()
  expect(await imbalanceOf(metrics)).toEqual(BALANCED)
  expect(await overdueOf(metrics)).toBe(0)
  expect(await unsettledOf(metrics)).toEqual({ created: 0, processing: 0 })

  await change(5)
  expect(await imbalanceOf(await look())).toEqual([
    ['balances', 5],
    ['lines', 5],
  ])
  await change(-5)
})

it('what has not been looked at shows nothing', async () => {
  const metrics = createMetrics('billing')
  await measureBooks(office.service.pool, metrics)
  expect(await imbalanceOf(metrics)).toEqual([['balances', 0]])
})

it('of several processes one reads the ledger in an hour; the others show what it found', async () => {
  await office.price('XRAY', 900)
  const { patientId } = await office.patient()
  await office.invoice(patientId, 'XRAY')
  await look()
  await change(5)
  expect(await lookInTurn(), 'it was looked at within the hour').toEqual([['lines', 0]])
  await look()
  expect(await lookInTurn()).toEqual([['lines', 5]])
  // Where it differed, whoever is asked looks again: a mend shows after a restart.
  await change(-5)
  expect(await lookInTurn()).toEqual([['lines', 0]])
})

it('a process whose turn comes while another one reads the ledger does not wait for it', async () => {
  const slow = await office.service.adminPool.connect()
  const metrics = createMetrics('billing')
  try {
    await slow.query('begin; lock table billing.journal_line in access exclusive mode')
    const reads = measureLines(office.service.pool, metrics, 0)
    const waits = `select from pg_locks where relation = 'billing.journal_line'::regclass and not granted`
    await vi.waitFor(async () => expect((await office.service.adminPool.query(waits)).rowCount).toBe(1), 20_000)
    expect(await lookInTurn(0)).toEqual([['lines', 0]])
    await slow.query('rollback')
    await reads
    expect(await imbalanceOf(metrics)).toEqual([['lines', 0]])
  } finally {
    slow.release(true)
  }
})

it('a ledger that takes longer to read than a statement may is read to its end', async () => {
  const { connectionString = '' } = office.service.pool.options
  const hasty = createPool({ connectionString, max: 1, applicationName: 'hasty', statementTimeoutMs: 100 })
  const slow = await office.service.adminPool.connect()
  try {
    await slow.query('begin; lock table billing.journal_line in access exclusive mode')
    const metrics = createMetrics('billing')
    const measured = measureLines(hasty, metrics, 0)
    const waits = `select from pg_stat_activity
                    where application_name = 'hasty' and wait_event_type = 'Lock' and clock_timestamp() - query_start > interval '1500 ms'`
    await vi.waitFor(async () => expect((await office.service.adminPool.query(waits)).rowCount).toBe(1), 20_000)
    await slow.query('rollback')
    await measured
    expect(await imbalanceOf(metrics)).toEqual([['lines', 0]])
  } finally {
    slow.release(true)
    await hasty.end()
  }
})

it('a payment that the processor has not confirmed shows by its age, apart from one that a bank takes days for', async () => {
  const open = `insert into billing.payment
                  (id, invoice_id, patient_id, amount, currency, created_by, created_at, method, status, intent_id)
                select gen_random_uuid(), id, patient_id, 1, 'USD', id, now() - $1::interval, '', $2, $3
                  from billing.invoice limit 1`
  await office.service.adminPool.query(open, ['4 days', 'processing', 'pi_of_a_bank'])
  expect(await unsettledOf(await look())).toEqual({ created: 0, processing: 4 * 24 * 60 })
  await office.service.adminPool.query(open, ['90 minutes', 'created', null])
  await office.service.adminPool.query(open, ['1 minute', 'created', null])
  expect(await unsettledOf(await look())).toEqual({ created: 90, processing: 4 * 24 * 60 })
  await office.service.adminPool.query(
    `update billing.payment set status = 'failed', failure_code = 'card_declined', settled_at = now()`,
  )
  expect(await unsettledOf(await look())).toEqual({ created: 0, processing: 0 })
})
