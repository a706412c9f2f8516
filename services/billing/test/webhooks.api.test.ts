import { randomUUID } from 'node:crypto'
import { signWebhook } from '@wellgate/local/src/payment-sandbox/signature.ts'
import { afterAll, afterEach, beforeAll, expect, it, vi } from 'vitest'
import { auditBooks, eventAbout, openTill, SECRETS, type Patient, type Till } from './payment-support.ts'

let till: Till
beforeAll(async () => {
  till = await openTill()
})
afterAll(() => till?.stop())
afterEach(async () => {
  const query = (text: string) => till.service.adminPool.query(text)
  expect((await auditBooks(query, till.sandbox)).wrong).toEqual([])
})

const statusOf = async (paymentId: string) =>
  (await till.call('billing.get-payment', { token: till.biller, params: { paymentId } })).body.status
const heard = async () =>
  (await till.service.adminPool.query('select count(*)::int as n from billing.processor_event')).rows[0].n as number

/** A payment that the processor has settled and we have not heard of. */
async function unheard(): Promise<{ ana: Patient; id: string }> {
  const ana = await till.patient()
  const { body } = await till.pay(ana, await till.invoice(ana, 1000), { paymentMethod: 'pm_card_processing' })
  const done = () => till.sandbox.intents().find(({ metadata }) => metadata['wellgate_payment'] === body.id)?.status
  await vi.waitFor(() => expect(done()).toBe('succeeded'))
  return { ana, id: body.id as string }
}

it('comes twice, at once and later, and has one effect', async () => {
  const { id } = await unheard()
  const event = eventAbout(till.sandbox, id, 'payment_intent.succeeded')
  expect(await statusOf(id)).toBe('processing')
  const answers = await Promise.all(Array.from({ length: 8 }, () => till.tell(event)))
  for (const answer of answers) expect(answer).toMatchObject({ status: 200, body: { received: true } })
  expect(await statusOf(id)).toBe('succeeded')
  expect((await till.tell(event)).status).toBe(200)
})

it('comes out of order, and the truth is what the processor says now', async () => {
  const { id } = await unheard()
  expect((await till.tell(eventAbout(till.sandbox, id, 'payment_intent.succeeded'))).status).toBe(200)
  expect((await till.tell(eventAbout(till.sandbox, id, 'payment_intent.processing'))).status).toBe(200)
  expect(await statusOf(id)).toBe('succeeded')
  const other = await unheard()
  // The older message alone is enough: it is only a reason to ask.
  expect((await till.tell(eventAbout(till.sandbox, other.id, 'payment_intent.processing'))).status).toBe(200)
  expect(await statusOf(other.id)).toBe('succeeded')
})

it('comes before our own answer', async () => {
  const ana = await till.patient()
  const invoiceId = await till.invoice(ana, 1000)
  till.sandbox.mishaps('cut-after', { slowMs: 600 })
  const paying = till.pay(ana, invoiceId)
  const event = await vi.waitFor(() => {
    const found = till.sandbox.events().at(-1)
    const intent = till.sandbox.intents().find(({ id }) => id === found?.data.object.id)
    expect(intent?.amount).toBe(1000)
    return JSON.stringify(found)
  })
  expect((await till.tell(event)).status).toBe(200)
  expect((await paying).body).toMatchObject({ status: 'succeeded' })
})

it('is refused with a changed body, an old time, a wrong or no signature, and nothing happens', async () => {
  const { id } = await unheard()
  const event = eventAbout(till.sandbox, id)
  const before = await heard()
  const old = Math.floor(Date.now() / 1000) - 301
  const attempts: [string, string][] = [
    [event.replace('"amount": 1000', '"amount": 1'), signWebhook(SECRETS.webhookSecret, event)],
    [`${event}\n`, signWebhook(SECRETS.webhookSecret, event)],
    [event, signWebhook(SECRETS.webhookSecret, event, old)],
    [event, signWebhook('whsec_forged', event)],
    [event, ''],
    [event, 'nonsense'],
    ['', signWebhook('whsec_forged', '')],
    ['not json', signWebhook(SECRETS.webhookSecret, 'not json')],
  ]
  for (const [body, signature] of attempts) {
    const answer = await till.tell(body, signature)
    expect(answer.status).toBe(400)
    expect(answer.body.fields?.[0]?.field ?? 'headers.stripe-signature').toBe('headers.stripe-signature')
  }
  expect(await statusOf(id)).toBe('processing')
  expect(await heard()).toBe(before)
  expect((await till.tell(event)).status).toBe(200)
})

it('about what is not ours has no effect', async () => {
  const { id } = await unheard()
  const object = (over: object) =>
    JSON.stringify({
      id: `evt_${randomUUID()}`,
      object: 'event',
      type: 'payment_intent.succeeded',
      data: { object: over },
    })
  const before = (await till.service.adminPool.query('select count(*)::int as n from billing.journal_entry')).rows
  const strangers = [
    { object: 'payment_intent', id: 'pi_unknown', status: 'succeeded', metadata: { wellgate_payment: id } },
    { object: 'refund', id: 're_unknown', metadata: { wellgate_refund: randomUUID() } },
    { object: 'customer', id: 'cus_1' },
    { object: 'balance' },
  ]
  for (const stranger of strangers) expect((await till.tell(object(stranger))).status).toBe(200)
  // Made by another system on the same account: metadata of its own, or ours and not an id.
  for (const text of ['', '&metadata[wellgate_payment]=other', `&metadata[wellgate_payment]=${randomUUID()}`]) {
    const made = await fetch(`${till.sandbox.url}/v1/payment_intents`, {
      method: 'POST',
      headers: { authorization: `Bearer ${SECRETS.apiKey}`, 'content-type': 'application/x-www-form-urlencoded' },
      body: `amount=5&currency=usd&confirm=true&payment_method=pm_card_chargeDeclined${text}`,
    })
    expect(made.status).toBe(402)
    expect((await till.tell(JSON.stringify(till.sandbox.events().at(-1)))).status).toBe(200)
  }
  const after = (await till.service.adminPool.query('select count(*)::int as n from billing.journal_entry')).rows
  expect(after).toEqual(before)
  await till.tell(eventAbout(till.sandbox, id))
})
