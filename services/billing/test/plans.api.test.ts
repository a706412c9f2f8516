import { randomUUID } from 'node:crypto'
import { instalmentMissed } from '@wellgate/shared/contracts/billing/events'
import { withTx } from '@wellgate/shared/db/tx'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { addMonths } from '../src/days.ts'
import { reservePayment } from '../src/invoices/settle.ts'
import { tellMissed } from '../src/plans/tell-missed.ts'
import { DAY, day, key, type Office, pay, type Person, startOffice, usd } from './support.ts'

let office: Office
beforeAll(async () => {
  office = await startOffice()
})
afterEach(async () => {
  office.clock.aheadMs = 0
  expect(await office.faults()).toEqual([])
})
afterAll(() => office?.service.stop())

const plan = (token: string, invoiceId: string, over: object = {}, headers = {}) =>
  office.call('billing.create-plan', {
    token,
    headers,
    body: { invoiceId, instalments: 3, firstDueOn: day(10), ...over },
  })
const plansOf = async (token: string) =>
  (await office.must('billing.list-plans', { token, params: { patientId: 'me' } })).body.items

const owing = async (): Promise<Person & { invoiceId: string }> => {
  const person = await office.patient()
  return { ...person, invoiceId: (await office.invoice(person.patientId, 'VISIT-30')).id }
}

describe('a payment plan', () => {
  it('cuts what is left into instalments that add up, in the patient’s list', async () => {
    const { patientId, token, invoiceId } = await owing()
    await pay(office, invoiceId, patientId, 5_999)
    const { status, body } = await plan(token, invoiceId)
    expect(status).toBe(201)
    expect(body).toMatchObject({ invoiceId, patientId, status: 'active', total: usd(6_001) })
    expect(body.instalments).toEqual([
      { number: 1, dueOn: day(10), amount: usd(2_001), status: 'due' },
      { number: 2, dueOn: addMonths(day(10), 1), amount: usd(2_000), status: 'due' },
      { number: 3, dueOn: addMonths(day(10), 2), amount: usd(2_000), status: 'due' },
    ])
    expect(await plansOf(token)).toEqual([body])
    await pay(office, invoiceId, patientId, 2_001)
    expect((await plansOf(token))[0].instalments.map((each: { status: string }) => each.status)).toEqual([
      'paid',
      'due',
      'due',
    ])
    await pay(office, invoiceId, patientId, 4_000)
    expect((await plansOf(token))[0]).toMatchObject({ status: 'completed' })
  })

  it('tells once of each instalment that is missed, and of what is missing', async () => {
    const { patientId, token, invoiceId } = await owing()
    const { body } = await plan(token, invoiceId)
    const today = () => new Date(Date.now() + office.clock.aheadMs).toISOString().slice(0, 10)
    const tell = () => tellMissed({ ...office.service.running.platform, today })
    const ours = async () =>
      (await office.service.published(instalmentMissed)).flatMap(({ payload }) =>
        payload.patientId === patientId ? [payload] : [],
      )
    office.clock.aheadMs = 10 * DAY
    await tell()
    expect(await ours()).toEqual([])
    await pay(office, invoiceId, patientId, 1_000)
    office.clock.aheadMs = 11 * DAY
    await Promise.all([tell(), tell()])
    await tell()
    expect(await ours()).toEqual([
      { planId: body.id, invoiceId, patientId, number: 1, dueOn: day(10), amount: usd(4_000), missing: usd(3_000) },
    ])
    const balance = await office.must('billing.get-balance', { token, params: { patientId: 'me' } })
    expect(balance.body).toEqual({ balance: usd(11_000), insurer: usd(0), overdue: usd(3_000) })
    const read = await office.must('billing.get-invoice', { token, params: { invoiceId } })
    expect(read.body.status).toBe('overdue')
    office.clock.aheadMs = 75 * DAY
    await tell()
    expect((await ours()).map(({ number, missing }) => [number, missing.amount])).toEqual([
      [1, 3_000],
      [2, 4_000],
      [3, 4_000],
    ])
  })

  it('ages in the receivables by its instalments, as it is overdue', async () => {
    const aged = async () => {
      office.clock.aheadMs = 45 * DAY
      const { buckets } = (await office.must('billing.receivables', { token: office.biller })).body
      return buckets.map(({ invoices, amount }: { invoices: number; amount: { amount: number } }) => [
        invoices,
        amount.amount,
      ]) as [number, number][]
    }
    const before = await aged()
    office.clock.aheadMs = 0
    const { patientId, token, invoiceId } = await owing()
    const adjusted = await office.must('billing.adjust-invoice', {
      token: office.biller,
      headers: key(),
      params: { invoiceId },
      body: { kind: 'adjustment', amount: 2_000, currency: 'USD', reason: 'Courtesy' },
    })
    expect((await plan(token, invoiceId, { firstDueOn: day(40) })).status).toBe(201)
    const grown = async () =>
      (await aged()).map(([invoices, amount], at) => [
        invoices - (before[at]?.[0] ?? 0),
        amount - (before[at]?.[1] ?? 0),
      ])
    const overdue = async () =>
      (await office.must('billing.get-balance', { token, params: { patientId: 'me' } })).body.overdue.amount
    const none = [0, 0]
    expect(await grown()).toEqual([[1, 6_666], [1, 3_334], none, none, none])
    expect(await overdue()).toBe(3_334)
    // What is owed again of what was settled before the plan is due with its first instalment.
    await office.must('billing.reverse-entry', {
      token: office.biller,
      params: { entryId: adjusted.body.id },
      body: { reason: 'No' },
    })
    expect(await grown()).toEqual([[1, 6_666], [1, 5_334], none, none, none])
    expect(await overdue()).toBe(5_334)
    await pay(office, invoiceId, patientId, 6_000)
    expect(await grown()).toEqual([[1, 6_000], none, none, none, none])
  })

  it('stays as it was made: the database takes no other amounts, days or instalments', async () => {
    const { token, invoiceId } = await owing()
    const { body } = await plan(token, invoiceId)
    const codeOf = (text: string): Promise<string> =>
      office.service.pool.query(text, [body.id]).then(
        () => 'nothing refused',
        (error: { code: string; constraint?: string }) => error.constraint ?? error.code,
      )
    for (const change of ['amount = amount + 1', 'due_on = due_on + 1', 'cumulative = cumulative + 1'])
      expect(await codeOf(`update plan_instalment set ${change} where plan_id = $1 and number = 1`)).toBe('42501')
    for (const change of ['total = total + 1', 'settled_before = 5'])
      expect(await codeOf(`update payment_plan set ${change} where id = $1`)).toBe('42501')
    const insert = 'insert into plan_instalment (plan_id, number, due_on, amount, cumulative)'
    expect(await codeOf(`${insert} values ($1, 4, current_date, 1, 12001)`)).toBe('payment_plan_adds_up')
    expect(await plansOf(token)).toEqual([body])
  })

  it('is made once, by twins and by a key', async () => {
    const one = await owing()
    const twins = await Promise.all([1, 2, 3].map(() => plan(one.token, one.invoiceId)))
    expect(twins.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([201, 409, 409])
    expect(twins.find(({ status }) => status === 409)?.body.code).toBe('has-plan')
    const other = await owing()
    const headers = key()
    const first = await plan(other.token, other.invoiceId, {}, headers)
    expect((await plan(other.token, other.invoiceId, {}, headers)).body).toEqual(first.body)
  })

  it('is the patient’s own or made by a biller', async () => {
    const { invoiceId } = await owing()
    const another = await office.patient()
    for (const token of [another.token, office.desk]) expect((await plan(token, invoiceId)).status).toBe(404)
    expect((await plan(office.biller, randomUUID())).status).toBe(404)
    expect((await plan(office.biller, invoiceId)).status).toBe(201)
  })

  it('is refused for what cannot be planned', async () => {
    await office.price('CENTS', 5)
    const { patientId, token, invoiceId } = await owing()
    const codeOf = async (over: object, id = invoiceId) => (await plan(token, id, over)).body.code
    expect(await codeOf({ firstDueOn: day(-1) })).toBe('in-the-past')
    expect(await codeOf({ firstDueOn: day(63) })).toBe('too-far-ahead')
    const { id } = await office.invoice(patientId, 'CENTS')
    expect((await plan(token, id, { instalments: 6 })).body).toMatchObject({
      code: 'too-many-instalments',
      fields: [{ field: 'body.instalments', expected: 'at most 5' }],
    })
    await withTx(office.service.pool, (tx) => reservePayment(tx, invoiceId, 1))
    expect(await codeOf({})).toBe('payment-in-flight')
    const paid = await office.invoice(patientId, 'VISIT-30')
    await pay(office, paid.id, patientId, 12_000)
    expect(await codeOf({}, paid.id)).toBe('already-paid')
  })
})

describe('an estimate', () => {
  const estimate = (token: string, query: Record<string, string>) => office.call('billing.estimate', { token, query })

  it('is what the visit would cost you by your insurance', async () => {
    const visitTypeId = await office.visitType('VISIT-30')
    const { patientId, token } = await office.patient()
    const plain = await estimate(token, { visitTypeId })
    expect(plain.body).toMatchObject({
      visitTypeId,
      name: 'Check-up',
      total: usd(12_000),
      patientShare: usd(12_000),
      basis: 'self-pay',
    })
    await office.insure(patientId, { kind: 'percentage', patientPercent: 20 })
    const shared = { patientShare: usd(2_400), insurerShare: usd(9_600), basis: 'percentage', asOf: day() }
    expect((await estimate(token, { visitTypeId })).body).toMatchObject(shared)
    expect((await estimate(office.desk, { visitTypeId, patientId })).body).toMatchObject(shared)
    expect((await estimate(office.desk, { visitTypeId })).body).toMatchObject({ basis: 'self-pay' })
    const another = await office.patient()
    expect((await estimate(another.token, { visitTypeId, patientId })).status).toBe(404)
  })

  it('follows what appointments offers, and no older news', async () => {
    const { token } = await office.patient()
    const visitTypeId = await office.visitType('NOT-PRICED', { version: 2 })
    expect((await estimate(token, { visitTypeId })).body).toMatchObject({
      code: 'not-priced',
      fields: [{ field: 'query.visitTypeId' }],
    })
    await office.visitType('VISIT-30', { visitTypeId, version: 1 })
    expect((await estimate(token, { visitTypeId })).body.code).toBe('not-priced')
    await office.visitType('VISIT-30', { visitTypeId, version: 3 })
    expect((await estimate(token, { visitTypeId })).status).toBe(200)
    await office.visitType('VISIT-30', { visitTypeId, version: 4, active: false })
    expect((await estimate(token, { visitTypeId })).status).toBe(404)
    expect((await estimate(token, { visitTypeId: randomUUID() })).status).toBe(404)
  })
})
