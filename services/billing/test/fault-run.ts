import { randomUUID } from 'node:crypto'
import { setTimeout as after } from 'node:timers/promises'
import { billingRoutes } from '@wellgate/shared/contracts/billing/routes'
import { call, type CallAnswer, type CallOptions } from '@wellgate/shared/testing/call'
import { until } from './fault-processes.ts'
import type { FaultStack } from './fault-stack.ts'
import type { RouteId } from './payment-support.ts'

const PATIENTS = 50
const CLIENTS = 16
/** The broker, the database and every process are killed meanwhile, again and again; each comes back in its time. */
const GIVE_UP_MS = 300_000
/** Of ten payments six go through at once, of which three are then refunded; one is declined, three take a while or fail. */
export const METHODS = [
  'pm_card_visa',
  'pm_card_visa',
  'pm_card_visa',
  'pm_card_visa',
  'pm_card_pendingRefund',
  'pm_card_refundFail',
  'pm_card_chargeDeclined',
  'pm_card_processing',
  'pm_card_processing',
  'pm_card_processingFails',
] as const
/** By their place in the ten: a refund that goes through at once, one that takes a while, one that comes back. */
const REFUNDED = new Set([0, 4, 5])

export interface FaultRun {
  /** What was answered to each payment, by invoice. */
  readonly answers: ReadonlyMap<string, CallAnswer>
  readonly refunds: ReadonlyMap<string, CallAnswer>
  readonly kills: ReadonlyMap<string, number>
}

/**
 * So many visits that billing hears of through the broker, each paid by its patient and some refunded, while one part after
 * the other is killed after every `between` answers: a slow machine is not killed faster than it can start.
 */
export async function payThroughFaults(stack: FaultStack, payments: number, between: number): Promise<FaultRun> {
  const biller = stack.token({ roles: ['biller'] })
  const patients = Array.from({ length: PATIENTS }, (): string => randomUUID())
  const tokens = new Map(patients.map((patientId) => [patientId, stack.token({ patientId })]))
  const price = { description: 'Visit', amount: 1000, currency: 'USD', validFrom: '2020-01-01' }
  await ask(stack, 'billing.put-price', { token: biller, params: { code: 'VISIT' }, body: price })

  const answers = new Map<string, CallAnswer>()
  const refunds = new Map<string, CallAnswer>()
  const kills = new Map([...stack.parts.keys()].map((part) => [part, 0]))
  const killing = async () => {
    const inTurn = [...stack.parts]
    for (let kill = 0; (kill + 1) * between < payments; kill++) {
      const wanted = (kill + 1) * between
      await until(GIVE_UP_MS, `${wanted} answers`, async () => answers.size >= wanted)
      const [name, part] = inTurn[kill % inTurn.length] ?? expectPart()
      await part.kill()
      kills.set(name, (kills.get(name) ?? 0) + 1)
    }
  }
  const visit = async (patientId: string): Promise<string> => {
    const appointmentId = randomUUID()
    const told = { appointmentId, patientId, priceCode: 'VISIT' }
    // Stored perhaps, and told again all the same: it is charged once.
    await until(GIVE_UP_MS, 'a visit is stored', async () => stack.clinic.visit(told).then(() => true))
    let invoiceId = ''
    await until(GIVE_UP_MS, 'a visit is invoiced', async () => {
      const text = 'select id from billing.invoice where appointment_id = $1'
      invoiceId = (await stack.admin.query<{ id: string }>(text, [appointmentId])).rows[0]?.id ?? ''
      return invoiceId !== ''
    })
    return invoiceId
  }
  const paying = each(payments, CLIENTS, async (index) => {
    const patientId = patients[index % PATIENTS] ?? ''
    const invoiceId = await visit(patientId)
    const paymentMethod = METHODS[index % METHODS.length]
    const paid = await insist(stack, 'billing.pay-invoice', {
      token: tokens.get(patientId) ?? '',
      params: { invoiceId },
      headers: { 'idempotency-key': randomUUID() },
      body: { amount: 1000, currency: 'USD', paymentMethod },
    })
    answers.set(invoiceId, paid)
    if (!REFUNDED.has(index % METHODS.length)) return
    const back = await insist(stack, 'billing.refund', {
      token: biller,
      params: { paymentId: paid.body.id as string },
      headers: { 'idempotency-key': randomUUID() },
      body: { amount: 400, currency: 'USD', reason: 'Too much' },
    })
    refunds.set(back.body.id as string, back)
  })
  await Promise.all([paying, killing()])
  return { answers, refunds, kills }
}

const expectPart = (): never => {
  throw new Error('there is nothing to kill')
}

const ask = (stack: FaultStack, id: RouteId, options: CallOptions): Promise<CallAnswer> => {
  const contract = billingRoutes.find((route) => route.id === id)
  if (!contract) throw new Error(`no contract ${id}`)
  return call(stack.url, contract, options)
}

/** Does work so many times, so many at once. */
async function each(times: number, abreast: number, work: (index: number) => Promise<void>): Promise<void> {
  let next = 0
  const run = async () => {
    while (next < times) await work(next++)
  }
  await Promise.all(Array.from({ length: abreast }, run))
}

/** As a careful client: the same request with the same key, until there is an answer to it. */
async function insist(stack: FaultStack, id: RouteId, options: CallOptions): Promise<CallAnswer> {
  for (const deadline = Date.now() + GIVE_UP_MS; ; await after(100)) {
    const answer = await ask(stack, id, options).catch(() => undefined)
    if (answer?.status === 201 || answer?.status === 422) return answer
    if (answer && ![409, 500, 503].includes(answer.status))
      throw new Error(`${answer.status} ${JSON.stringify(answer.body)}`)
    if (Date.now() > deadline) throw new Error(`no answer to ${id}: ${answer?.status} ${JSON.stringify(answer?.body)}`)
  }
}
