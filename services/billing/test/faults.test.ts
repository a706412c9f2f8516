import { randomUUID } from 'node:crypto'
import { setTimeout as after } from 'node:timers/promises'
import { paymentFailed, paymentSettled } from '@wellgate/shared/contracts/billing/events'
import { billingRoutes } from '@wellgate/shared/contracts/billing/routes'
import { call, type CallAnswer, type CallOptions } from '@wellgate/shared/testing/call'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { until } from './fault-processes.ts'
import { type FaultStack, startFaultStack } from './fault-stack.ts'
import { auditBooks, type RouteId } from './payment-support.ts'

const PAYMENTS = 500
const PATIENTS = 50
const CLIENTS = 16
/** So many answers between one kill and the next: a slow machine is not killed faster than it can start. */
const ANSWERS_BETWEEN = 60
const GIVE_UP_MS = 150_000
/** Of ten payments seven go through at once, one is declined, and two take a while. */
const METHODS = [
  ...Array<string>(7).fill('pm_card_visa'),
  'pm_card_chargeDeclined',
  'pm_card_processing',
  'pm_card_processingFails',
]

let stack: FaultStack
beforeAll(async () => {
  stack = await startFaultStack()
}, 120_000)
afterAll(() => stack?.stop())

const ask = (id: RouteId, options: CallOptions): Promise<CallAnswer> => {
  const contract = billingRoutes.find((route) => route.id === id)
  if (!contract) throw new Error(`no contract ${id}`)
  return call(stack.url, contract, options)
}

/** Runs work for each item, so many at once. */
async function each<T>(items: readonly T[], abreast: number, work: (item: T, index: number) => Promise<void>) {
  const queue = [...items.entries()]
  const run = async () => {
    for (let next = queue.shift(); next; next = queue.shift()) await work(next[1], next[0])
  }
  await Promise.all(Array.from({ length: abreast }, run))
}

/** As a careful client: the same request with the same key, until there is an answer to it. */
async function insist(id: RouteId, options: CallOptions): Promise<CallAnswer> {
  for (const deadline = Date.now() + GIVE_UP_MS; ; await after(100)) {
    const answer = await ask(id, options).catch(() => undefined)
    if (answer?.status === 201 || answer?.status === 422) return answer
    if (answer && ![409, 500, 503].includes(answer.status))
      throw new Error(`${answer.status} ${JSON.stringify(answer.body)}`)
    if (Date.now() > deadline) throw new Error(`no answer to ${id}: ${answer?.status} ${JSON.stringify(answer?.body)}`)
  }
}

it(
  '500 payments while everything is killed in turn: each ends, is charged once, and the books agree',
  { timeout: 480_000 },
  async () => {
    const biller = stack.token({ roles: ['biller'] })
    const patients = Array.from({ length: PATIENTS }, (): string => randomUUID())
    const tokens = new Map(patients.map((patientId) => [patientId, stack.token({ patientId })]))
    await stack.admin.query('insert into billing.patient (id) select unnest($1::uuid[])', [patients])
    const price = { description: 'Visit', amount: 1000, currency: 'USD', validFrom: '2020-01-01' }
    await ask('billing.put-price', { token: biller, params: { code: 'VISIT' }, body: price })
    const invoices: { invoiceId: string; patientId: string }[] = []
    await each(Array.from({ length: PAYMENTS }), 8, async (_, index) => {
      const patientId = patients[index % PATIENTS] ?? ''
      const headers = { 'idempotency-key': randomUUID() }
      const body = { patientId, code: 'VISIT', servicedOn: '2026-01-05' }
      const { body: charge } = await insist('billing.add-charge', { token: biller, headers, body })
      invoices.push({ invoiceId: charge.invoiceId, patientId })
    })

    const kills: Record<string, number> = { billing: 0, sandbox: 0, postgres: 0 }
    const answers = new Map<string, CallAnswer>()
    const inTurn = ['billing', 'sandbox', 'postgres'] as const
    const killing = async () => {
      for (let kill = 0; (kill + 1) * ANSWERS_BETWEEN < PAYMENTS; kill++) {
        const wanted = (kill + 1) * ANSWERS_BETWEEN
        await until(GIVE_UP_MS, `${wanted} answers`, async () => answers.size >= wanted)
        const part = inTurn[kill % inTurn.length] ?? 'billing'
        await stack.parts[part].kill()
        kills[part] = (kills[part] ?? 0) + 1
      }
    }
    const paying = each(invoices, CLIENTS, async ({ invoiceId, patientId }, index) => {
      const paymentMethod = METHODS[index % METHODS.length] ?? ''
      const answer = await insist('billing.pay-invoice', {
        token: tokens.get(patientId) ?? '',
        params: { invoiceId },
        headers: { 'idempotency-key': randomUUID() },
        body: { amount: 1000, currency: 'USD', paymentMethod },
      })
      answers.set(invoiceId, answer)
    })
    await Promise.all([paying, killing()])
    for (const count of Object.values(kills)) expect(count).toBeGreaterThanOrEqual(2)

    const count = async (text: string) => Number((await stack.admin.query(text)).rows[0].n)
    await until(90_000, 'nothing is in doubt, and all is told', async () => {
      const open = `select (select count(*) from billing.payment where status in ('created', 'processing'))
      + (select count(*) from billing.outbox) as n`
      return (await count(open)) === 0
    })
    const store = stack.processor()
    const processor = { intents: () => [...store.intents.values()], refunds: () => [...store.refunds.values()] }
    const books = await auditBooks((text) => stack.admin.query(text), processor)
    expect(books.wrong).toEqual([])
    expect(books.byStatus).toEqual({ succeeded: PAYMENTS * 0.8, failed: PAYMENTS * 0.2 })
    expect(books.receipts).toBe(PAYMENTS * 0.8)

    const made = processor.intents().map(({ metadata }) => metadata['wellgate_payment'])
    expect(new Set(made).size).toBe(made.length)
    expect(made).toHaveLength(PAYMENTS)
    const { rows } = await stack.admin.query('select id, invoice_id, status from billing.payment')
    expect(rows).toHaveLength(PAYMENTS)
    for (const { id, invoice_id: invoiceId, status } of rows) {
      const { status: code, body } = answers.get(invoiceId) ?? { status: 0, body: undefined }
      // What was said once is still so; `processing` may have ended either way.
      if (code === 422) expect([body.code, status]).toEqual(['payment-declined', 'failed'])
      else
        expect([id, body.status === 'processing' ? 'processing' : body.status]).toEqual([
          body.id,
          body.status === 'processing' ? 'processing' : status,
        ])
    }
    const ids = async (contract: typeof paymentSettled | typeof paymentFailed) =>
      new Map((await stack.published(contract)).map((event) => [event.id, event.payload.paymentId]))
    for (const [contract, status] of [
      [paymentSettled, 'succeeded'],
      [paymentFailed, 'failed'],
    ] as const) {
      const told = [...(await ids(contract)).values()].toSorted()
      expect(told).toEqual(rows.flatMap((row) => (row.status === status ? [row.id as string] : [])).toSorted())
    }
  },
)
