import { randomUUID } from 'node:crypto'
import { appendFileSync, mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createPaymentSandbox, type PaymentSandbox } from '@wellgate/local/src/payment-sandbox/sandbox.ts'
import { signWebhook } from '@wellgate/local/src/payment-sandbox/signature.ts'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { InvalidSignature, type PaymentProcessor, ProcessorUnavailable } from '../src/processor/processor.ts'
import { createStripeProcessor } from '../src/processor/stripe-processor.ts'

const SECRETS = { apiKey: 'sk_test_sandbox', webhookSecret: 'whsec_sandbox' }
let sandbox: PaymentSandbox
let processor: PaymentProcessor
let webhooks: Awaited<ReturnType<typeof listener>>

/** What a webhook endpoint receives; the first answer to each event is an error, so that it comes again. */
async function listener() {
  const received: { body: Buffer; signature: string }[] = []
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const body = Buffer.concat(chunks)
      const again = received.some((other) => other.body.equals(body))
      received.push({ body, signature: String(request.headers['stripe-signature']) })
      response.writeHead(again ? 200 : 503).end()
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return { received, url: `http://127.0.0.1:${port}/hook`, close: () => void server.close() }
}

beforeAll(async () => {
  webhooks = await listener()
  sandbox = await createPaymentSandbox({ ...SECRETS, webhookUrl: webhooks.url, settleMs: 100 })
  processor = createStripeProcessor({ ...SECRETS, url: sandbox.url, timeoutMs: 1_000 })
})
afterAll(async () => {
  await sandbox?.close()
  webhooks?.close()
})

const request = (method = 'pm_card_visa', amount = 1250) => ({
  paymentId: randomUUID(),
  amount,
  currency: 'USD',
  method,
})
const ofPayment = (paymentId: string) =>
  sandbox.intents().filter(({ metadata }) => metadata['wellgate_payment'] === paymentId)

describe('a payment', () => {
  it('succeeds, once for its id', async () => {
    const wanted = request()
    const first = await processor.pay(wanted)
    expect(first).toMatchObject({ status: 'succeeded', amount: 1250, currency: 'USD', paymentId: wanted.paymentId })
    expect(await processor.pay(wanted)).toEqual(first)
    expect(ofPayment(wanted.paymentId)).toHaveLength(1)
  })

  it('is declined with the reason, the same at each repeat', async () => {
    const wanted = request('pm_card_chargeDeclined')
    const declined = { status: 'failed', failureCode: 'generic_decline', paymentId: wanted.paymentId }
    expect(await processor.pay(wanted)).toMatchObject(declined)
    expect(await processor.pay(wanted)).toMatchObject(declined)
    expect(ofPayment(wanted.paymentId)).toHaveLength(1)
  })

  it('that takes time is processing and then done', async () => {
    const paid = await processor.pay(request('pm_card_processing'))
    expect(paid).toMatchObject({ status: 'processing' })
    const id = 'intentId' in paid ? paid.intentId : ''
    await vi.waitFor(async () => expect(await processor.find(id)).toMatchObject({ status: 'succeeded' }))
  })

  it('that waits for somebody is ended by us, unless it is paid', async () => {
    const begin = async (method: string) => {
      const made = await processor.pay(request(method))
      return 'intentId' in made ? made : expect.fail('it was refused')
    }
    const waiting = await begin('pm_card_neverConfirmed')
    expect(waiting.status).toBe('waiting')
    for (let turn = 0; turn < 2; turn++)
      expect(await processor.cancel(waiting.intentId)).toMatchObject({ status: 'failed', failureCode: 'canceled' })
    const paid = await begin('pm_card_visa')
    expect(await processor.cancel(paid.intentId)).toEqual(paid)
    expect(await processor.cancel('pi_nobody')).toBeUndefined()
  })

  it('whose card wants its holder asked is declined: nobody is there to ask', async () => {
    const declined = { status: 'failed', failureCode: 'authentication_required' }
    expect(await processor.pay(request('pm_card_authenticationRequired'))).toMatchObject(declined)
  })

  it('with a method that there is not is refused, and nothing is made', async () => {
    const wanted = request('pm_unknown')
    expect(await processor.pay(wanted)).toEqual({ refused: 'resource_missing' })
    expect(ofPayment(wanted.paymentId)).toEqual([])
  })

  it.each([['cut-after', 'cut-after'] as const, ['server-error', 'cut-after'] as const])(
    'that was cut off (%s, %s) is in doubt, and the same when asked again',
    async (...mishaps) => {
      const wanted = request()
      sandbox.mishaps(...mishaps)
      await expect(processor.pay(wanted)).rejects.toThrow(ProcessorUnavailable)
      expect(await processor.findByPayment(wanted.paymentId, new Date())).toMatchObject({ status: 'succeeded' })
      expect(await processor.pay(wanted)).toMatchObject({ status: 'succeeded' })
      expect(ofPayment(wanted.paymentId)).toHaveLength(1)
    },
  )

  it('whose twin is still running is in doubt', async () => {
    const wanted = request()
    sandbox.mishaps({ slowMs: 2_500 })
    // The first attempt times out; its repeat finds the first still running.
    await expect(processor.pay(wanted)).rejects.toThrow(ProcessorUnavailable)
    await vi.waitFor(async () => expect(await processor.pay(wanted)).toMatchObject({ status: 'succeeded' }), 5_000)
    expect(ofPayment(wanted.paymentId)).toHaveLength(1)
  })

  it('with another body under the same id is never made', async () => {
    const wanted = request()
    await processor.pay(wanted)
    await expect(processor.pay({ ...wanted, amount: 1 })).rejects.toThrow(ProcessorUnavailable)
    expect(ofPayment(wanted.paymentId)).toHaveLength(1)
  })

  it('with a key that the processor does not know is in doubt, and says no secret', async () => {
    const stranger = createStripeProcessor({ ...SECRETS, apiKey: 'sk_test_wrong_canary', url: sandbox.url })
    const error = await stranger.pay(request()).catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(ProcessorUnavailable)
    expect(String((error as Error).cause)).not.toContain('canary')
  })

  it('that the processor does not have is not found', async () => {
    expect(await processor.find('pi_nobody')).toBeUndefined()
    expect(await processor.findByPayment(randomUUID(), new Date())).toBeUndefined()
  })
})

it('what was made after its keys had died is not looked through for a payment, however much it is', async () => {
  const now = Math.floor(Date.now() / 1000)
  let asked = 0
  // An account that makes more payments than anybody looks through, all of them today.
  const busy = createServer((incoming, response) => {
    const query = new URL(incoming.url ?? '/', 'http://busy').searchParams
    const until = Number(query.get('created[lte]') ?? Infinity)
    const page = Array.from({ length: 100 }, () => ({ id: `pi_${++asked}`, created: now, metadata: {} }))
    const data = until < now ? [] : page
    response.writeHead(200, { 'content-type': 'application/json' })
    response.end(JSON.stringify({ object: 'list', url: '/v1/payment_intents', has_more: data.length > 0, data }))
  })
  await new Promise<void>((resolve) => busy.listen(0, '127.0.0.1', resolve))
  const { port } = busy.address() as AddressInfo
  const asking = createStripeProcessor({ ...SECRETS, url: `http://127.0.0.1:${port}`, timeoutMs: 1_000 })
  try {
    const threeDaysAgo = new Date(Date.now() - 3 * 86_400_000)
    expect(await asking.findByPayment(randomUUID(), threeDaysAgo)).toBeUndefined()
    // Of today there is too much to say that it is not there.
    await expect(asking.findByPayment(randomUUID(), new Date())).rejects.toThrow(ProcessorUnavailable)
  } finally {
    busy.closeAllConnections()
    busy.close()
  }
})

describe('a refund', () => {
  const paid = async (method?: string) => {
    const payment = await processor.pay(request(method, 1000))
    return 'intentId' in payment ? payment.intentId : ''
  }

  it('is made once for its id and never above what was paid', async () => {
    const intentId = await paid()
    const refundId = randomUUID()
    const first = await processor.refund({ refundId, intentId, amount: 600 })
    expect(first).toMatchObject({ status: 'succeeded', amount: 600, refundId })
    expect(await processor.refund({ refundId, intentId, amount: 600 })).toEqual(first)
    expect(await processor.refund({ refundId: randomUUID(), intentId, amount: 401 })).toEqual({
      refused: 'amount_too_large',
    })
    expect(await processor.findByRefund(refundId, intentId)).toEqual(first)
    expect(await processor.findByRefund(randomUUID(), intentId)).toBeUndefined()
  })

  it('may take time, may fail, and may fail after it was told to have succeeded', async () => {
    for (const [method, begin, end] of [
      ['pm_card_pendingRefund', 'processing', 'succeeded'],
      ['pm_card_pendingRefundFails', 'processing', 'failed'],
      ['pm_card_refundFail', 'succeeded', 'failed'],
    ] as const) {
      const refund = await processor.refund({ refundId: randomUUID(), intentId: await paid(method), amount: 10 })
      expect(refund).toMatchObject({ status: begin })
      const id = 'processorId' in refund ? refund.processorId : ''
      await vi.waitFor(async () => expect(await processor.findRefund(id)).toMatchObject({ status: end }))
    }
  })
})

describe('a webhook', () => {
  it('is signed, says what it is about, and comes until it is received', async () => {
    const payment = await processor.pay(request())
    const intentId = 'intentId' in payment ? payment.intentId : ''
    const mine = () => webhooks.received.filter(({ body }) => body.includes(intentId))
    await vi.waitFor(() => expect(mine()).toHaveLength(2), 5_000)
    for (const { body, signature } of mine())
      await expect(processor.verify(body, signature)).resolves.toMatchObject({
        type: 'payment_intent.succeeded',
        about: { kind: 'payment', intentId },
      })
  })

  it('is refused when changed, old, signed by another or not at all', async () => {
    const body = JSON.stringify({
      id: 'evt_1',
      object: 'event',
      type: 'x',
      data: { object: { object: 'payment_intent', id: 'pi_1' } },
    })
    const refused = (text: string, signature: string | undefined) =>
      expect(processor.verify(Buffer.from(text), signature)).rejects.toThrow(InvalidSignature)
    const now = Math.floor(Date.now() / 1000)
    const good = signWebhook(SECRETS.webhookSecret, body)
    await expect(processor.verify(Buffer.from(body), good)).resolves.toMatchObject({ eventId: 'evt_1' })
    await refused(`${body} `, good)
    await refused(body, signWebhook(SECRETS.webhookSecret, body, now - 301))
    await refused(body, signWebhook('whsec_other', body))
    await refused(body, undefined)
    await refused(body, 't=,v1=')
    const notJson = 'nothing'
    await refused(notJson, signWebhook(SECRETS.webhookSecret, notJson))
  })
})

describe('a sandbox that is killed', () => {
  it('goes on where it was, without what was cut off in writing', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'wellgate-sandbox-'))
    const stateFile = join(folder, 'state.jsonl')
    try {
      const before = await createPaymentSandbox({ ...SECRETS, stateFile, settleMs: 100 })
      const wanted = request('pm_card_processing')
      await createStripeProcessor({ ...SECRETS, url: before.url }).pay(wanted)
      await before.close()
      appendFileSync(stateFile, '{"intents":[{"id":"pi_torn"')
      for (let start = 0; start < 2; start++) {
        const next = await createPaymentSandbox({ ...SECRETS, stateFile, settleMs: 100 })
        const there = createStripeProcessor({ ...SECRETS, url: next.url })
        await vi.waitFor(() => expect(next.intents()).toMatchObject([{ status: 'succeeded' }]))
        expect(await there.pay(wanted)).toMatchObject({ paymentId: wanted.paymentId })
        expect(next.intents()).toHaveLength(1)
        await next.close()
      }
    } finally {
      rmSync(folder, { recursive: true })
    }
  })
})
