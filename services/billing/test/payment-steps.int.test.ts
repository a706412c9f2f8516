import { randomUUID } from 'node:crypto'
import { paymentSettled } from '@wellgate/shared/contracts/billing/events'
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { resolveDoubts } from '../src/payments/resolve-doubts.ts'
import { auditBooks, breakTable, eventAbout, openTill, type Patient, type Till } from './payment-support.ts'

const clock = { aheadMs: 0 }
let till: Till
beforeAll(async () => {
  // The service's own job never takes part: each turn is a test's.
  const config = { WELLGATE_PAYMENT_DOUBT_SECONDS: '1000000000' }
  till = await openTill({ config, now: () => new Date(Date.now() + clock.aheadMs) })
})
afterAll(() => till?.stop())
afterEach(async () => {
  const query = (text: string) => till.service.adminPool.query(text)
  expect((await auditBooks(query, till.sandbox)).wrong).toEqual([])
})

/** A turn of the job, a day after everything was last asked for. */
async function resolve(): Promise<void> {
  for (const table of ['payment', 'refund'])
    await till.service.adminPool.query(`update billing.${table} set asked_at = asked_at - interval '1 day'`)
  await resolveDoubts(till.deps, 0)
}
const intentsOf = (paymentId: string) =>
  till.sandbox.intents().filter(({ metadata }) => metadata['wellgate_payment'] === paymentId)
const paymentsOf = async (invoiceId: string) =>
  (
    await till.service.adminPool.query('select id, status, failure_code from billing.payment where invoice_id = $1', [
      invoiceId,
    ])
  ).rows
const toldOf = async (paymentId: string) =>
  (await till.service.published(paymentSettled)).filter(({ payload }) => payload.paymentId === paymentId).length
describe('what breaks off', () => {
  it('before the payment is stored leaves nothing, and the repeat pays', async () => {
    const ana = await till.patient()
    const invoiceId = await till.invoice(ana, 1000)
    for (const table of ['payment', 'invoice', 'idempotency_key']) {
      const key = randomUUID()
      const mend = await breakTable(till, table)
      const answer = await till.pay(ana, invoiceId, { amount: 100 }, key)
      await mend()
      expect(answer.status).toBe(503)
      expect((await till.pay(ana, invoiceId, { amount: 100 }, key)).status).toBe(201)
    }
    expect(await paymentsOf(invoiceId)).toHaveLength(3)
  })

  it.each([
    ['before the processor has it', ['cut-before', 'cut-before']],
    ['after the processor has charged', ['cut-after', 'cut-after']],
    ['in the processor', ['server-error', 'server-error']],
  ] as const)('%s is in doubt, and then paid once', async (_when, mishaps) => {
    const ana = await till.patient()
    const invoiceId = await till.invoice(ana, 1000)
    const key = randomUUID()
    till.sandbox.mishaps(...mishaps)
    const answer = await till.pay(ana, invoiceId, {}, key)
    expect(answer).toMatchObject({ status: 201, body: { status: 'processing' } })
    // What is in doubt is not free to be paid a second time.
    expect((await till.pay(ana, invoiceId)).body.code).toBe('payment-in-flight')
    await resolve()
    expect(await till.pay(ana, invoiceId, {}, key)).toMatchObject({
      status: 201,
      body: { status: 'succeeded', id: answer.body.id },
    })
    expect(intentsOf(answer.body.id)).toHaveLength(1)
    expect(await toldOf(answer.body.id)).toBe(1)
  })

  it.each(['invoice', 'journal_entry', 'journal_line', 'account_balance', 'counter', 'payment', 'outbox'])(
    'while it is booked (%s) is booked later, once',
    async (table) => {
      const ana = await till.patient()
      const invoiceId = await till.invoice(ana, 1000)
      const key = randomUUID()
      // Only what is booked after the processor's answer may break; these two are written before it, too.
      if (table === 'invoice' || table === 'payment') {
        till.sandbox.mishaps('cut-after', 'cut-after')
        await till.pay(ana, invoiceId, {}, key)
      }
      const mend = await breakTable(till, table)
      const broken = await till.pay(ana, invoiceId, {}, key)
      await mend()
      expect(broken.status).toBe(503)
      const [payment] = await paymentsOf(invoiceId)
      expect(payment.status).toBe('created')
      await resolve()
      expect(await paymentsOf(invoiceId)).toMatchObject([{ status: 'succeeded' }])
      expect(intentsOf(payment.id)).toHaveLength(1)
      expect(await toldOf(payment.id)).toBe(1)
    },
  )

  it('while a refund is asked for or booked gives back once', async () => {
    const ana = await till.patient()
    const { body } = await till.pay(ana, await till.invoice(ana, 1000))
    const refund = (key: string) =>
      till.call('billing.refund', {
        token: till.biller,
        params: { paymentId: body.id },
        headers: { 'idempotency-key': key },
        body: { amount: 100, currency: 'USD', reason: 'Too much' },
      })
    for (const mishap of ['cut-before', 'cut-after'] as const) {
      const key = randomUUID()
      till.sandbox.mishaps(mishap, mishap)
      expect((await refund(key)).body.status).toBe('processing')
      expect((await refund(key)).body.status).toBe('succeeded')
    }
    for (const table of ['refund', 'journal_entry', 'outbox']) {
      const key = randomUUID()
      if (table === 'refund') {
        till.sandbox.mishaps('cut-after', 'cut-after')
        await refund(key)
      }
      const mend = await breakTable(till, table)
      expect((await refund(key)).status).toBe(503)
      await mend()
      await resolve()
    }
    const payment = await till.call('billing.get-payment', { token: ana.token, params: { paymentId: body.id } })
    expect(payment.body.refunded.amount).toBe(500)
    expect(till.sandbox.refunds()).toHaveLength(5)
  })
})

it('after the processor has forgotten our keys only looks, and never charges a second time', async () => {
  const ana = await till.patient()
  const [lost, charged] = [await till.invoice(ana, 1000), await till.invoice(ana, 1000)]
  till.sandbox.mishaps('cut-before', 'cut-before')
  const first = await till.pay(ana, lost)
  till.sandbox.mishaps('cut-after', 'cut-after')
  const second = await till.pay(ana, charged)
  clock.aheadMs = 24 * 3_600_000
  try {
    await resolve()
  } finally {
    clock.aheadMs = 0
  }
  expect(await paymentsOf(lost)).toEqual([{ id: first.body.id, status: 'failed', failure_code: 'never-received' }])
  expect(await paymentsOf(charged)).toMatchObject([{ id: second.body.id, status: 'succeeded' }])
  expect(intentsOf(first.body.id)).toEqual([])
  expect(intentsOf(second.body.id)).toHaveLength(1)
})

describe('a payment that was given up and charged after all', () => {
  /** Given up as never received; a moment later the processor charges it, and tells. */
  async function late(invoiceId: string, ana: Patient, meanwhile: () => Promise<unknown>): Promise<string> {
    till.sandbox.mishaps('cut-before', 'cut-before')
    const { body } = await till.pay(ana, invoiceId)
    clock.aheadMs = 24 * 3_600_000
    await resolve().finally(() => (clock.aheadMs = 0))
    expect(await paymentsOf(invoiceId)).toMatchObject([{ status: 'failed' }])
    await meanwhile()
    await till.deps.processor.pay({ paymentId: body.id, amount: 1000, currency: 'USD', method: 'pm_card_visa' })
    expect((await till.tell(eventAbout(till.sandbox, body.id))).status).toBe(200)
    return body.id as string
  }
  const invoiceOf = async (token: string, invoiceId: string) =>
    (await till.call('billing.get-invoice', { token, params: { invoiceId } })).body

  it('pays the invoice where that is still open', async () => {
    const ana = await till.patient()
    const invoiceId = await till.invoice(ana, 1000)
    const paymentId = await late(invoiceId, ana, async () => undefined)
    expect(await paymentsOf(invoiceId)).toEqual([{ id: paymentId, status: 'succeeded', failure_code: null }])
    expect(await invoiceOf(ana.token, invoiceId)).toMatchObject({ status: 'paid' })
  })

  it('is owed to the payer where it is not, and given back', async () => {
    const ana = await till.patient()
    const invoiceId = await till.invoice(ana, 1000)
    const paymentId = await late(invoiceId, ana, () => till.pay(ana, invoiceId, { amount: 600 }))
    const owed = async () =>
      (
        await till.service.adminPool.query(
          `select coalesce(sum(l.amount), 0)::int as n from billing.journal_line l
             join billing.journal_entry e on e.id = l.entry_id join billing.account a on a.id = l.account_id
            where e.payment_id = $1 and a.kind = 'refunds-payable'`,
          [paymentId],
        )
      ).rows[0].n
    expect(await owed()).toBe(-1000)
    const body = { amount: 1000, currency: 'USD', reason: 'Paid twice' }
    const headers = { 'idempotency-key': randomUUID() }
    const back = await till.call('billing.refund', { token: till.biller, params: { paymentId }, headers, body })
    expect(back).toMatchObject({ status: 201, body: { status: 'succeeded' } })
    expect(await owed()).toBe(0)
    expect(await invoiceOf(ana.token, invoiceId)).toMatchObject({ paid: { amount: 600 }, outstanding: { amount: 400 } })
  })
})

describe('twins', () => {
  it('with one key pay once', async () => {
    const ana = await till.patient()
    const invoiceId = await till.invoice(ana, 1000)
    const key = randomUUID()
    till.sandbox.mishaps({ slowMs: 300 })
    const answers = await Promise.all(Array.from({ length: 10 }, () => till.pay(ana, invoiceId, {}, key)))
    const ids = new Set(answers.flatMap(({ status, body }) => (status === 201 ? [body.id] : [])))
    for (const { status, body } of answers) if (status !== 201) expect(body.code).toBe('idempotency-in-progress')
    expect(ids.size).toBe(1)
    await vi.waitFor(async () => expect(await paymentsOf(invoiceId)).toMatchObject([{ status: 'succeeded' }]))
    expect(intentsOf([...ids][0] as string)).toHaveLength(1)
  })

  it('with keys of their own pay no more than is owed', async () => {
    const ana = await till.patient()
    const invoiceId = await till.invoice(ana, 1000)
    const answers = await Promise.all(Array.from({ length: 10 }, () => till.pay(ana, invoiceId, { amount: 400 })))
    const paid = answers.filter(({ status }) => status === 201)
    expect(paid).toHaveLength(2)
    for (const { status, body } of answers)
      if (status !== 201) expect(['above-balance', 'payment-in-flight']).toContain(body.code)
    const rest = await till.pay(ana, invoiceId, { amount: 200 })
    expect(rest.status).toBe(201)
  })

  it('of the job and a caller book once', async () => {
    const ana = await till.patient()
    const invoiceId = await till.invoice(ana, 1000)
    const key = randomUUID()
    till.sandbox.mishaps('cut-after', 'cut-after')
    const { body } = await till.pay(ana, invoiceId, {}, key)
    await Promise.all([resolve(), resolve(), till.pay(ana, invoiceId, {}, key), till.pay(ana, invoiceId, {}, key)])
    expect(await paymentsOf(invoiceId)).toMatchObject([{ status: 'succeeded' }])
    expect(await toldOf(body.id)).toBe(1)
  })
})
