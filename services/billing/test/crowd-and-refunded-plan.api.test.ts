import { randomUUID } from 'node:crypto'
import { visitCompleted } from '@wellgate/shared/contracts/appointments/events'
import { FacilityId, PatientId } from '@wellgate/shared/contracts/ids'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { openTill, type Till } from './payment-support.ts'

let till: Till
beforeAll(async () => {
  till = await openTill({ config: { WELLGATE_POOL_MAX: '5' } })
})
afterAll(() => till?.stop())

it('charges many new patients at once: none waits for a connection while it holds one', async () => {
  const params = { code: 'MANY' }
  const price = { description: 'Visit', amount: 500, currency: 'USD', validFrom: '2020-01-01' }
  await till.call('billing.put-price', { token: till.biller, params, body: price })
  const ids = Array.from({ length: 60 }, () => randomUUID())
  await till.service.adminPool.query('insert into billing.patient (id) select unnest($1::uuid[])', [ids])
  const answers = await Promise.all(
    ids.map((patientId) =>
      till.call('billing.add-charge', {
        token: till.biller,
        headers: { 'idempotency-key': randomUUID() },
        body: { patientId, code: 'MANY', servicedOn: '2026-01-05', quantity: 1 },
      }),
    ),
  )
  expect(answers.filter(({ status }) => status !== 201).map(({ status }) => status)).toEqual([])
})

it('invoices for many prices at once what waited for them: none waits for a connection while it holds one', async () => {
  const codes = Array.from({ length: 8 }, () => randomUUID())
  for (const code of codes) await waits(code)
  const prices = codes.map((code) => {
    const body = { description: 'Visit', amount: 500, currency: 'USD', validFrom: '2020-01-01' }
    return till.call('billing.put-price', { token: till.biller, params: { code }, body })
  })
  for (const { status } of await Promise.all(prices)) expect(status).toBe(200)
  const { rows } = await till.service.adminPool.query(
    `select count(*)::int as n from billing.charge where status = 'unpriced'`,
  )
  expect(rows).toEqual([{ n: 0 }])
})

/** A visit of a patient that has no price yet, and whose keys are not in memory any more. */
async function waits(priceCode: string): Promise<void> {
  const { patientId } = await till.patient()
  const start = new Date().toISOString()
  await till.service.publish(visitCompleted, {
    appointmentId: randomUUID(),
    patientId: PatientId.parse(patientId),
    providerId: randomUUID(),
    providerName: 'Dr Grace Hopper',
    facilityId: FacilityId.parse(randomUUID()),
    facilityName: 'Main',
    visitTypeId: randomUUID(),
    visitTypeName: 'Check-up',
    start,
    end: start,
    encounterId: randomUUID(),
    priceCode,
  })
  till.service.running.platform.dataKeys.forget(patientId)
}

it('what is refunded under a plan is not overdue before an instalment was due', async () => {
  const ana = await till.patient()
  const invoiceId = await till.invoice(ana, 1000)
  const { body: payment } = await till.pay(ana, invoiceId, { amount: 400 })
  const firstDueOn = new Date(Date.now() + 20 * 86_400_000).toISOString().slice(0, 10)
  const plan = await till.call('billing.create-plan', {
    token: ana.token,
    headers: { 'idempotency-key': randomUUID() },
    body: { invoiceId, instalments: 2, firstDueOn },
  })
  expect(plan.status).toBe(201)
  const refund = await till.call('billing.refund', {
    token: till.biller,
    params: { paymentId: payment.id as string },
    headers: { 'idempotency-key': randomUUID() },
    body: { amount: 400, currency: 'USD', reason: 'by mistake' },
  })
  expect(refund.body.status).toBe('succeeded')
  const invoice = await till.call('billing.get-invoice', { token: ana.token, params: { invoiceId } })
  expect(invoice.body).toMatchObject({ status: 'open', outstanding: { amount: 1000 } })
  const balance = await till.call('billing.get-balance', { token: ana.token, params: { patientId: ana.patientId } })
  expect(balance.body.overdue.amount).toBe(0)
})
