import { randomUUID } from 'node:crypto'
import { paymentFailed, paymentSettled } from '@wellgate/shared/contracts/billing/events'
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { auditBooks, openTill, type Till } from './payment-support.ts'

let till: Till
beforeAll(async () => {
  till = await openTill({ webhooks: true })
})
afterAll(() => till?.stop())
afterEach(async () => {
  const query = (text: string) => till.service.adminPool.query(text)
  await vi.waitFor(async () => expect((await auditBooks(query, till.sandbox)).wrong).toEqual([]), 5_000)
})

const invoiceOf = async (token: string, invoiceId: string) =>
  (await till.call('billing.get-invoice', { token, params: { invoiceId } })).body
const paymentOf = async (token: string, paymentId: string) =>
  (await till.call('billing.get-payment', { token, params: { paymentId } })).body

describe('a payment', () => {
  it('in parts settles the invoice, each with a receipt, and tells once', async () => {
    const ana = await till.patient()
    const invoiceId = await till.invoice(ana, 5000)
    const first = await till.pay(ana, invoiceId, { amount: 2000 })
    expect(first).toMatchObject({
      status: 201,
      body: { invoiceId, patientId: ana.patientId, status: 'succeeded', failureCode: null },
    })
    expect(first.body.amount).toEqual({ amount: 2000, currency: 'USD' })
    expect(first.body.receiptNumber).toMatch(/^RCT-\d{6}$/)
    expect(await invoiceOf(ana.token, invoiceId)).toMatchObject({ status: 'open', outstanding: { amount: 3000 } })
    expect((await till.pay(ana, invoiceId, { amount: 3000 })).status).toBe(201)
    expect(await invoiceOf(ana.token, invoiceId)).toMatchObject({ status: 'paid', outstanding: { amount: 0 } })
    const told = (await till.service.published(paymentSettled)).filter(({ payload }) => payload.invoiceId === invoiceId)
    expect(told.map(({ payload }) => payload.amount.amount)).toEqual([2000, 3000])
    expect(told[0]?.payload.receiptNumber).toBe(first.body.receiptNumber)
    const list = await till.call('billing.list-payments', {
      token: ana.token,
      params: { patientId: 'me' },
      query: { limit: 1 },
    })
    expect(list.body.items).toMatchObject([{ amount: { amount: 3000 } }])
    const query = { limit: 1, cursor: list.body.next }
    const rest = await till.call('billing.list-payments', { token: ana.token, params: { patientId: 'me' }, query })
    expect(rest.body).toMatchObject({ items: [{ id: first.body.id }], next: null })
  })

  it('that is declined says so, charges nothing, and can be tried again', async () => {
    const ana = await till.patient()
    const invoiceId = await till.invoice(ana, 1000)
    const key = randomUUID()
    const declined = { paymentMethod: 'pm_card_chargeDeclined' }
    for (let time = 0; time < 2; time++) {
      const answer = await till.pay(ana, invoiceId, declined, key)
      expect(answer).toMatchObject({
        status: 422,
        body: { code: 'payment-declined', fields: [{ field: 'body.paymentMethod' }] },
      })
      expect(answer.body.detail).toContain('card_declined')
    }
    expect((await till.pay(ana, invoiceId, { paymentMethod: 'pm_of_nobody' })).body.code).toBe('payment-declined')
    expect((await till.pay(ana, invoiceId)).status).toBe(201)
    const told = (await till.service.published(paymentFailed)).filter(({ payload }) => payload.invoiceId === invoiceId)
    expect(told.map(({ payload }) => payload.code)).toEqual(['generic_decline', 'resource_missing'])
  })

  it.each([
    ['pm_card_processing', 'succeeded'],
    ['pm_card_processingFails', 'failed'],
  ])('by %s takes time, and the webhook ends it: %s', async (paymentMethod, end) => {
    const ana = await till.patient()
    const invoiceId = await till.invoice(ana, 1000)
    till.sandbox.hold(true)
    const answer = await till.pay(ana, invoiceId, { paymentMethod })
    expect(answer).toMatchObject({ status: 201, body: { status: 'processing', receiptNumber: null } })
    const params = { paymentId: answer.body.id }
    const early = await till.call('billing.get-receipt-pdf', { token: ana.token, params })
    expect(early).toMatchObject({ status: 409, body: { code: 'not-settled' } })
    till.sandbox.hold(false)
    await vi.waitFor(
      async () => expect(await paymentOf(ana.token, answer.body.id)).toMatchObject({ status: end }),
      5_000,
    )
  })

  it('has a receipt on paper', async () => {
    const ana = await till.patient()
    const { body } = await till.pay(ana, await till.invoice(ana, 1000))
    const pdf = await till.call('billing.get-receipt-pdf', { token: ana.token, params: { paymentId: body.id } })
    expect(pdf.status).toBe(200)
    expect(pdf.headers.get('content-type')).toBe('application/pdf')
    expect(pdf.body.subarray(0, 5).toString()).toBe('%PDF-')
    expect(pdf.body.subarray(-6).toString().trim()).toBe('%%EOF')
  })

  it('keeps the payment method sealed', async () => {
    const ana = await till.patient()
    await till.pay(ana, await till.invoice(ana, 1000), { paymentMethod: 'pm_card_visa' })
    const { rows } = await till.service.adminPool.query(
      `select string_agg(encode(method, 'escape'), '') as all from billing.payment`,
    )
    expect(rows[0].all).not.toContain('pm_card')
  })
})

describe('bad input', () => {
  it.each([
    ['negative', -1],
    ['zero', 0],
    ['NaN', Number.NaN],
    ['a fraction', 10.5],
    ['10^15', 1e15],
    ['a text', '1000'],
    ['missing', undefined],
  ])('an amount that is %s is 400 and names the field', async (_what, amount) => {
    const ana = await till.patient()
    const answer = await till.pay(ana, await till.invoice(ana, 1000), { amount })
    expect(answer.status).toBe(400)
    expect(answer.body.fields[0].field).toBe('body.amount')
  })

  it.each([
    [{ currency: 'EUR' }, 422, 'wrong-currency', 'body.currency'],
    [{ currency: 'dollars' }, 400, 'invalid-request', 'body.currency'],
    [{ amount: 1001 }, 422, 'above-balance', 'body.amount'],
    [{ paymentMethod: '4242424242424242' }, 400, 'invalid-request', 'body.paymentMethod'],
    [{ cvc: '123' }, 400, 'invalid-request', 'body.cvc'],
  ])('%j is %i %s', async (body, status, code, field) => {
    const ana = await till.patient()
    const invoiceId = await till.invoice(ana, 1000)
    const before = till.sandbox.intents().length
    const answer = await till.pay(ana, invoiceId, body)
    expect(answer).toMatchObject({ status, body: { code } })
    expect(answer.body.fields[0].field).toBe(field)
    expect(till.sandbox.intents()).toHaveLength(before)
    expect(JSON.stringify(answer.body)).not.toContain('4242')
  })

  it('a paid invoice is not paid again', async () => {
    const ana = await till.patient()
    const invoiceId = await till.invoice(ana, 1000)
    expect((await till.pay(ana, invoiceId)).status).toBe(201)
    expect(await till.pay(ana, invoiceId)).toMatchObject({ status: 409, body: { code: 'already-paid' } })
    expect(await till.pay(ana, invoiceId, { amount: 1 })).toMatchObject({ status: 409, body: { code: 'already-paid' } })
  })

  it('needs an Idempotency-Key, and one that was used for nothing else', async () => {
    const ana = await till.patient()
    const [one, two] = [await till.invoice(ana, 1000), await till.invoice(ana, 1000)]
    const body = { amount: 1000, currency: 'USD', paymentMethod: 'pm_card_visa' }
    const bare = await till.call('billing.pay-invoice', { token: ana.token, params: { invoiceId: one }, body })
    expect(bare.status).toBe(400)
    const key = randomUUID()
    expect((await till.pay(ana, one, { amount: 400 }, key)).status).toBe(201)
    expect((await till.pay(ana, one, { amount: 500 }, key)).body.code).toBe('idempotency-key-reused')
    expect((await till.pay(ana, two, { amount: 400 }, key)).body.code).toBe('idempotency-key-reused')
  })
})

describe('who may', () => {
  it('see and pay: the patient and billing; for others there is nothing', async () => {
    const [ana, ben] = [await till.patient(), await till.patient()]
    const invoiceId = await till.invoice(ana, 1000)
    const { body } = await till.pay(ana, invoiceId, { amount: 100 })
    const params = { paymentId: body.id }
    expect((await till.pay(ben, invoiceId)).status).toBe(404)
    expect((await till.pay(ana, randomUUID())).status).toBe(404)
    const desk = till.service.issueToken({ roles: ['front-desk'] })
    const clinician = till.service.issueToken({ roles: ['clinician'] })
    expect((await till.pay({ ...ana, token: desk }, invoiceId)).status).toBe(404)
    expect((await till.pay({ ...ana, token: till.biller }, invoiceId, { amount: 100 })).status).toBe(201)
    for (const id of ['billing.get-payment', 'billing.get-receipt-pdf'] as const) {
      for (const token of [ana.token, desk, till.biller])
        expect((await till.call(id, { token, params })).status).toBe(200)
      for (const token of [ben.token, clinician]) expect((await till.call(id, { token, params })).status).toBe(404)
      expect((await till.call(id, { token: ana.token, params: { paymentId: randomUUID() } })).status).toBe(404)
      expect((await till.call(id, { params })).status).toBe(401)
    }
    const listed = { token: ben.token, params: { patientId: ana.patientId } }
    expect((await till.call('billing.list-payments', listed)).status).toBe(404)
  })
})
