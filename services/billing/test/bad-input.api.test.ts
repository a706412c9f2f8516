import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { day, key, type Office, type RouteId, startOffice } from './support.ts'

let office: Office
let invoiceId = ''
beforeAll(async () => {
  office = await startOffice()
  invoiceId = (await office.invoice((await office.patient()).patientId, 'VISIT-30')).id
})
afterAll(async () => {
  expect(await office.faults()).toEqual([])
  const { rows } = await office.service.adminPool.query('select count(*)::int as entries from billing.journal_entry')
  expect(rows[0].entries, 'nothing half done').toBe(1)
  await office.service.stop()
})

const send = (id: RouteId, body: unknown, params: Record<string, string> = {}) =>
  office.call(id, { token: office.biller, headers: key(), params: { invoiceId, ...params }, body })
const fieldsOf = (answer: { body: { fields?: { field: string }[] } }) =>
  (answer.body.fields ?? []).map(({ field }) => field)

const AMOUNTS: [string, unknown][] = [
  ['negative', -1],
  ['zero', 0],
  ['a fraction', 12.5],
  ['beyond all', 1e15],
  ['a text', '100'],
  ['NaN, which JSON has not', null],
  ['nothing', undefined],
]
const WITH_AMOUNT: [RouteId, object, Record<string, string>][] = [
  ['billing.adjust-invoice', { kind: 'adjustment', currency: 'USD', reason: 'x' }, {}],
  ['billing.insurer-payment', { currency: 'USD', reference: 'x' }, {}],
  ['billing.pay-invoice', { currency: 'USD', paymentMethod: 'pm_card_visa' }, {}],
  ['billing.refund', { currency: 'USD', reason: 'x' }, { paymentId: randomUUID() }],
  ['billing.put-price', { description: 'x', currency: 'USD', validFrom: '2026-01-01' }, { code: 'X' }],
]

describe.each(WITH_AMOUNT)('the amount of %s', (id, rest, params) => {
  it.each(AMOUNTS)('is not %s', async (_, amount) => {
    const answer = await send(id, { ...rest, amount }, params)
    expect([answer.status, fieldsOf(answer)]).toEqual([400, ['body.amount']])
  })

  it('is not written as NaN', async () => {
    const text = JSON.stringify({ ...rest, amount: 1 }).replace('"amount":1', '"amount":NaN')
    expect((await send(id, text, params)).status).toBe(400)
  })

  it('is in a currency that is one', async () => {
    const answer = await send(id, { ...rest, amount: 1, currency: 'usd' }, params)
    expect([answer.status, fieldsOf(answer)]).toEqual([400, ['body.currency']])
  })
})

it.each(WITH_AMOUNT.filter(([id]) => id !== 'billing.refund' && id !== 'billing.pay-invoice'))(
  'another currency is refused by %s, which names the right one',
  async (id, rest, params) => {
    const answer = await send(id, { ...rest, amount: 1, currency: 'EUR' }, params)
    expect([answer.status, answer.body.code]).toEqual([422, 'wrong-currency'])
    expect(answer.body.fields).toEqual([{ field: 'body.currency', expected: 'USD' }])
  },
)

const CASES: [string, RouteId, unknown, Record<string, string>, string][] = [
  [
    'an unknown kind',
    'billing.adjust-invoice',
    { kind: 'gift', amount: 1, currency: 'USD', reason: 'x' },
    {},
    'body.kind',
  ],
  [
    'no reason',
    'billing.adjust-invoice',
    { kind: 'adjustment', amount: 1, currency: 'USD', reason: ' ' },
    {},
    'body.reason',
  ],
  ['a field too many', 'billing.reverse-entry', { reason: 'x', force: true }, { entryId: randomUUID() }, 'body.force'],
  ['an id that is none', 'billing.reverse-entry', { reason: 'x' }, { entryId: '1' }, 'params.entryId'],
  ['a day that is none', 'billing.close-day', { day: '2026-02-30' }, {}, 'body.day'],
  [
    'one instalment',
    'billing.create-plan',
    { invoiceId: randomUUID(), instalments: 1, firstDueOn: day() },
    {},
    'body.instalments',
  ],
  [
    '25 instalments',
    'billing.create-plan',
    { invoiceId: randomUUID(), instalments: 25, firstDueOn: day() },
    {},
    'body.instalments',
  ],
  [
    'no quantity',
    'billing.add-charge',
    { patientId: randomUUID(), code: 'X', servicedOn: day(), quantity: 0 },
    {},
    'body.quantity',
  ],
  [
    'a code without end',
    'billing.put-price',
    { description: 'x', amount: 1, currency: 'USD', validFrom: day() },
    { code: 'X'.repeat(41) },
    'params.code',
  ],
  [
    'card data',
    'billing.pay-invoice',
    { amount: 1, currency: 'USD', paymentMethod: '4242424242424242' },
    {},
    'body.paymentMethod',
  ],
  [
    '101 per cent',
    'billing.put-coverage',
    { kind: 'percentage', patientPercent: 101, payerName: 'A', memberId: 'B', validFrom: day() },
    { patientId: randomUUID() },
    'body.patientPercent',
  ],
  [
    'a copay below nothing',
    'billing.put-coverage',
    { kind: 'copay', copay: -1, payerName: 'A', memberId: 'B', validFrom: day() },
    { patientId: randomUUID() },
    'body.copay',
  ],
]
it.each(CASES)('%s is refused by %s, which names the field', async (_, id, body, params, field) => {
  const token = id === 'billing.put-coverage' ? office.desk : office.biller
  const answer = await office.call(id, { token, headers: key(), params: { invoiceId, ...params }, body })
  expect([answer.status, fieldsOf(answer)]).toEqual([400, [field]])
})

it.each([
  ['billing.list-charges', { from: 'yesterday' }, 'query.from'],
  ['billing.list-charges', { cursor: 'nonsense' }, 'query.cursor'],
  ['billing.list-charges', { limit: 101 }, 'query.limit'],
  ['billing.list-prices', { cursor: 'bm90LWpzb24' }, 'query.cursor'],
  ['billing.list-day-closes', { cursor: 'MQ' }, 'query.cursor'],
  ['billing.export-ledger', { from: day() }, 'query.to'],
  ['billing.estimate', { visitTypeId: 'x' }, 'query.visitTypeId'],
] as [RouteId, Record<string, string | number>, string][])(
  '%s %o is refused, naming the field',
  async (id, query, field) => {
    const answer = await office.call(id, { token: office.biller, query })
    expect([answer.status, fieldsOf(answer)]).toEqual([400, [field]])
  },
)

it.each(['billing.list-statements', 'billing.list-invoices', 'billing.list-plans'] as RouteId[])(
  '%s takes only a cursor that it gave',
  async (id) => {
    const params = { patientId: randomUUID() }
    for (const cursor of ['e30', 'x', Buffer.from('"2026-13"').toString('base64url')]) {
      const answer = await office.call(id, { token: office.biller, params, query: { cursor } })
      expect([answer.status, fieldsOf(answer)]).toEqual([400, ['query.cursor']])
    }
  },
)

it.each([
  ['billing.add-charge', { patientId: randomUUID(), code: 'X', servicedOn: day() }],
  ['billing.adjust-invoice', { kind: 'adjustment', amount: 1, currency: 'USD', reason: 'x' }],
  ['billing.insurer-payment', { amount: 1, currency: 'USD', reference: 'x' }],
  ['billing.pay-invoice', { amount: 1, currency: 'USD', paymentMethod: 'pm_card_visa' }],
  ['billing.refund', { amount: 1, currency: 'USD', reason: 'x' }],
] as [RouteId, object][])('%s must happen once, and needs its key', async (id, body) => {
  const params = { invoiceId, paymentId: randomUUID() }
  const answer = await office.call(id, { token: office.biller, params, body })
  expect([answer.status, fieldsOf(answer)]).toEqual([400, ['headers.idempotency-key']])
})

const cursorOf = (position: unknown) => Buffer.from(JSON.stringify(position)).toString('base64url')
it.each([
  ['billing.list-charges', { query: { from: '0000-01-01' } }, 'query.from'],
  ['billing.export-ledger', { query: { from: '0000-12-31', to: '0001-01-01' } }, 'query.from'],
  ['billing.close-day', { body: { day: '0000-01-01' } }, 'body.day'],
  [
    'billing.put-price',
    { params: { code: 'X' }, body: { description: 'x', amount: 1, currency: 'USD', validFrom: '0000-01-01' } },
    'body.validFrom',
  ],
  [
    'billing.list-billing-history',
    {
      params: { patientId: randomUUID() },
      query: { cursor: cursorOf({ t: '0000-01-01T00:00:00Z', i: randomUUID() }) },
    },
    'query.cursor',
  ],
  ['billing.list-day-closes', { query: { cursor: cursorOf('0000-01-01') } }, 'query.cursor'],
] as [RouteId, object, string][])('%s %o names a year that no calendar has', async (id, options, field) => {
  const answer = await office.call(id, { token: office.biller, ...options })
  expect([answer.status, fieldsOf(answer)]).toEqual([400, [field]])
})
