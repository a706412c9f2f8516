import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { setTimeout as after } from 'node:timers/promises'
import type { Json, Portal } from '../portal.ts'
import type { Cast } from './cast.ts'
import type { Say } from './import-to-screen.ts'
import type { Visit } from './visit.ts'

const INVOICED_WITHIN_MS = 15_000
const DAY_MS = 86_400_000
const CARD = 'pm_card_visa'
const DECLINED_CARD = 'pm_card_chargeDeclined'
const INSTALMENTS = 3

/** What comes of a visit: invoice, half of it paid, the rest in instalments, a receipt, a refund, and books that balance. */
export async function settleBill(
  portal: Portal,
  { biller, rivals }: Pick<Cast, 'biller' | 'rivals'>,
  patient: string,
  visit: Visit,
  say: Say,
): Promise<void> {
  const estimate = await portal.expect(200, 'GET', `/v1/estimates?visitTypeId=${visit.visitTypeId}`, { token: patient })
  const invoice = await invoiceOf(portal, patient, visit)
  assert.deepEqual(invoice.total, estimate.total)
  assert.equal(invoice.lines[0].code, visit.priceCode)
  const path = `/v1/invoices/${invoice.id}`
  assert.equal((await portal.send('GET', path, { token: rivals[0] })).status, 404)
  await isPdf(portal, `${path}/pdf`, patient)
  say(`invoice ${invoice.number} over ${text(invoice.total)}, as estimated, and as PDF; another patient gets 404`)

  const half = Math.floor(invoice.outstanding.amount / 2)
  const payment = await payHalf(portal, patient, invoice, half)
  await isPdf(portal, `/v1/payments/${payment.id}/receipt`, patient)
  say(
    `${text(payment.amount)} paid once, though sent twice; receipt ${payment.receiptNumber} as PDF; a declined card: 422`,
  )

  const plan = await portal.expect(201, 'POST', '/v1/payment-plans', {
    token: patient,
    body: { invoiceId: invoice.id, instalments: INSTALMENTS, firstDueOn: day(30) },
  })
  const rest = invoice.outstanding.amount - half
  const parts = plan.instalments.map(({ amount }: Json) => amount.amount as number)
  assert.equal(sum(parts), rest)
  say(
    `the rest in ${INSTALMENTS} instalments: ${parts.map((amount: number) => cents(amount)).join(' + ')} = ${cents(rest)}`,
  )

  const back = Math.floor(half / 4)
  await refund(portal, biller, payment, back)
  const lines = await ledgerLines(portal, biller)
  assert.ok(lines.length > 0)
  assert.equal(
    lines.reduce((total, amount) => total + amount, 0n),
    0n,
  )
  say(`${cents(back)} refunded by the biller; the ledger's ${lines.length} lines sum to zero`)
}

/** The invoice that the visit caused: one, however often one looks. */
async function invoiceOf(portal: Portal, token: string, { appointmentId }: Visit): Promise<Json> {
  const deadline = Date.now() + INVOICED_WITHIN_MS
  while (Date.now() < deadline) {
    const { items } = await portal.all('/v1/patients/me/invoices', token, 100)
    const found = items.filter((each) => each.appointmentId === appointmentId)
    assert.ok(found.length <= 1, 'two invoices for one visit')
    if (found[0]) return portal.expect(200, 'GET', `/v1/invoices/${found[0].id}`, { token })
    await after(50)
  }
  throw new Error(`the visit has no invoice after ${INVOICED_WITHIN_MS / 1000} s`)
}

/** A declined card first; then a good one, twice with one key. */
async function payHalf(portal: Portal, token: string, invoice: Json, amount: number): Promise<Json> {
  const { currency } = invoice.outstanding
  const pay = (paymentMethod: string, key: string, over: object = {}) =>
    portal.send('POST', `/v1/invoices/${invoice.id}/payments`, {
      token,
      headers: { 'idempotency-key': key },
      body: { amount, currency, paymentMethod, ...over },
    })
  const tooMuch = await pay(CARD, randomUUID(), { amount: invoice.outstanding.amount + 1 })
  assert.equal(tooMuch.status, 422)
  const declined = await pay(DECLINED_CARD, randomUUID())
  assert.equal(declined.status, 422)

  const key = randomUUID()
  const paid = await pay(CARD, key)
  assert.equal(paid.status, 201, `paying answered ${paid.status} ${paid.body?.code ?? ''}`)
  const again = await pay(CARD, key)
  assert.equal(again.status, 201)
  assert.equal(again.body.id, paid.body.id)
  assert.equal(paid.body.status, 'succeeded')
  const { paid: sofar } = await portal.expect(200, 'GET', `/v1/invoices/${invoice.id}`, { token })
  assert.equal(sofar.amount, amount)
  return paid.body
}

async function refund(portal: Portal, token: string, payment: Json, amount: number): Promise<void> {
  const body = { amount, currency: payment.amount.currency, reason: 'Billed for longer than the visit took' }
  const send = (over: object = {}) =>
    portal.send('POST', `/v1/admin/payments/${payment.id}/refunds`, {
      token,
      headers: { 'idempotency-key': randomUUID() },
      body: { ...body, ...over },
    })
  assert.equal((await send({ amount: payment.amount.amount + 1 })).status, 422)
  const done = await send()
  assert.equal(done.status, 201, `refunding answered ${done.status} ${done.body?.code ?? ''}`)
}

/** The amounts of the ledger of the last days, as the export has them. */
async function ledgerLines(portal: Portal, token: string): Promise<bigint[]> {
  const csv: string = await portal.expect(200, 'GET', `/v1/admin/ledger.csv?from=${day(-80)}&to=${day(1)}`, { token })
  const [header = '', ...lines] = csv.trim().split('\r\n')
  const column = header.split(',').indexOf('amount')
  return lines.map((line) => BigInt(line.split(',')[column] ?? ''))
}

async function isPdf(portal: Portal, path: string, token: string): Promise<void> {
  const { status, headers, body } = await portal.send('GET', path, { token })
  assert.equal(status, 200, `${path} answered ${status}`)
  assert.equal(headers.get('content-type'), 'application/pdf')
  assert.match(body, /^%PDF-/)
}

const day = (ahead: number): string => new Date(Date.now() + ahead * DAY_MS).toISOString().slice(0, 10)
const cents = (amount: number): string => (amount / 100).toFixed(2)
const text = ({ amount, currency }: Json): string => `${cents(amount)} ${currency}`

const sum = (amounts: readonly number[]): number => amounts.reduce((total, amount) => total + amount, 0)
