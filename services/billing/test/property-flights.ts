import { randomUUID } from 'node:crypto'
import { execute, one } from '@wellgate/shared/db/query'
import type { Tx } from '@wellgate/shared/db/tx'
import { expect } from 'vitest'
import { reservePayment } from '../src/invoices/settle.ts'
import { hearWebhook } from '../src/payments/hear-webhook.ts'
import type { PaymentDeps } from '../src/payments/payment-deps.ts'
import * as payments from '../src/payments/payment-sql.ts'
import * as refunds from '../src/payments/refund-sql.ts'
import { settlePayment } from '../src/payments/settle-payment.ts'
import { settleRefund } from '../src/payments/settle-refund.ts'
import type { PaymentProcessor, ProcessorStatus } from '../src/processor/processor.ts'

/** What a payment or refund does at the processor, one state after the other, and how much of that our side has heard. */
interface Flight {
  readonly id: string
  readonly processorId: string
  readonly amount: number
  readonly history: readonly ProcessorStatus[]
  /** Where it is at the processor; -1 before it is there. */
  at: number
  /** The furthest state that we were told; -1 for none. */
  known: number
  /** We gave it up as never received. */
  givenUp: boolean
}
export interface PaymentFlight extends Flight {
  /** Of what succeeded and was not refunded, and is not on its way back. */
  left: number
  /** What of it has no room in its invoice. */
  surplus: number
  readonly refunds: RefundFlight[]
}
export interface RefundFlight extends Flight {
  readonly payment: PaymentFlight
  /** Of what it gave back, how much was the invoice's. */
  ofInvoice: number
}
/** What of an invoice payments in flight change, kept beside the database in plain numbers. */
export interface Account {
  readonly id: string
  readonly patientId: string
  readonly share: number
  paid: number
  adjusted: number
  reserved: number
  voided: boolean
  readonly flights: PaymentFlight[]
}

const PAYMENTS: readonly (readonly ProcessorStatus[])[] = [
  ['succeeded'],
  ['processing', 'succeeded'],
  ['processing', 'processing', 'succeeded'],
  ['processing', 'failed'],
  ['failed'],
]
const REFUNDS: readonly (readonly ProcessorStatus[])[] = [
  ['succeeded'],
  ['processing', 'succeeded'],
  ['processing', 'succeeded', 'failed'],
  ['succeeded', 'failed'],
  ['processing', 'failed'],
]
const REFUSED = { refused: 'never-received' }
const some = <T>(of: readonly T[], pick: number): T => of[pick % of.length] as T
const flight = (prefix: string, amount: number, history: readonly ProcessorStatus[]): Flight => ({
  id: randomUUID(),
  processorId: `${prefix}_${randomUUID()}`,
  amount,
  history,
  at: -1,
  known: -1,
  givenUp: false,
})
export const freeOf = ({ voided, share, paid, adjusted, reserved }: Account): number =>
  voided ? 0 : share - paid - adjusted - reserved

/** A processor in memory: it tells of anything it knows, and answers as it stands when it is asked. */
export function createFlights(deps: Omit<PaymentDeps, 'processor'>) {
  const there = new Map<string, Flight>()
  const flownAs = (processorId: string): Flight =>
    there.get(processorId) ?? expect.fail('the processor was asked for a stranger')
  const sayOf = (flown: Flight, at: number) => ({
    amount: flown.amount,
    currency: 'USD',
    status: flown.history[at] ?? 'processing',
    failureCode: flown.history[at] === 'failed' ? 'generic_decline' : null,
  })
  const paymentOf = (flown: Flight, at = flown.at) => ({
    ...sayOf(flown, at),
    intentId: flown.processorId,
    paymentId: flown.id,
  })
  const refundOf = (flown: Flight, at = flown.at) => ({
    ...sayOf(flown, at),
    processorId: flown.processorId,
    refundId: flown.id,
  })
  const never = () => expect.fail('a webhook is only a reason to ask')
  const processor: PaymentProcessor = {
    pay: never,
    refund: never,
    cancel: never,
    findByPayment: never,
    findByRefund: never,
    find: async (id: string) => paymentOf(flownAs(id)),
    findRefund: async (id: string) => refundOf(flownAs(id)),
    verify: (body: Buffer) => JSON.parse(body.toString()) as ReturnType<PaymentProcessor['verify']>,
  }
  const asked: PaymentDeps = { ...deps, processor }

  /** A webhook about some state it has been in: repeated, late or out of order. */
  const tell = (flown: Flight, kind: 'payment' | 'refund', at: number): Promise<void> => {
    const about = kind === 'payment' ? { kind, intentId: flown.processorId } : { kind, processorId: flown.processorId }
    const notice = { eventId: `evt_${flown.id}_${at}`, type: flown.history[at], about }
    return hearWebhook(asked, Buffer.from(JSON.stringify(notice)), '')
  }

  return {
    async begin(tx: Tx, of: Account, pick: number, amount: number): Promise<boolean> {
      const free = freeOf(of)
      if (free === 0) return false
      const paying = 1 + (amount % free)
      const made = { ...flight('pi', paying, some(PAYMENTS, pick)), left: 0, surplus: 0, refunds: [] }
      await reservePayment(tx, of.id, paying)
      const about = [made.id, of.id, of.patientId, paying, 'USD', of.patientId, Buffer.alloc(0)]
      await execute(tx, payments.insertPayment, about)
      there.set(made.processorId, made)
      of.reserved += paying
      of.flights.push(made)
      return true
    },

    async giveBack(tx: Tx, of: Account, pick: number, amount: number): Promise<boolean> {
      const payment = of.flights.find(({ left }) => left > 0)
      if (!payment) return false
      const back = 1 + (amount % payment.left)
      const made: RefundFlight = { ...flight('re', back, some(REFUNDS, pick)), payment, ofInvoice: 0 }
      expect(await execute(tx, refunds.keepForRefund, [payment.id, back])).toBe(1)
      const about = [made.id, payment.id, of.patientId, back, 'USD', of.patientId, Buffer.alloc(0)]
      await execute(tx, refunds.insertRefund, about)
      there.set(made.processorId, made)
      payment.left -= back
      payment.refunds.push(made)
      return true
    },

    /** Goes on at the processor, perhaps, and is told of: several at once, some again, and an old answer of our own among them. */
    async hear(of: Account, pick: number, amount: number): Promise<boolean> {
      const all = of.flights.flatMap((payment) => [payment, ...payment.refunds])
      const flown = some(all, pick)
      if (!flown) return false
      const isRefund = 'payment' in flown
      if (amount % 7 === 0) {
        await settle(flown, REFUSED)
        // What the processor has told of is not given up by an answer that was on its way.
        if (flown.known > -1 || flown.givenUp) return true
        flown.givenUp = true
        if (isRefund) flown.payment.left += flown.amount
        else of.reserved -= flown.amount
        return true
      }
      // The processor gives back no more than there is, whatever we had given up.
      if (isRefund && flown.givenUp && flown.at === -1 && flown.payment.left < flown.amount) return false
      if (flown.at === -1 || amount % 2 === 0)
        flown.at = Math.min(flown.at + 1 + (amount % 3), flown.history.length - 1)
      const kind = isRefund ? 'refund' : 'payment'
      const old = amount % (flown.at + 1)
      const before = { ...flown }
      const work = [tell(flown, kind, flown.at), tell(flown, kind, old), tell(flown, kind, flown.at)]
      const oldAnswer = isRefund ? refundOf(flown, old) : paymentOf(flown, old)
      const answer = () => settle(flown, flown.known > -1 && pick % 2 === 0 ? REFUSED : oldAnswer)
      if (amount % 3 === 0) work.push(answer())
      await Promise.all(work)
      if (amount % 3 === 1) await answer()
      flown.known = flown.at
      if (isRefund) endRefund(of, flown, before)
      else endPayment(of, flown, before)
      return true
    },
  }

  async function settle(flown: Flight, said: Parameters<typeof settlePayment>[2] | Parameters<typeof settleRefund>[2]) {
    if ('payment' in flown)
      return settleRefund(deps, await one(deps.pool, refunds.refundById, [flown.id]), said as never)
    return settlePayment(deps, await one(deps.pool, payments.paymentById, [flown.id]), said as never)
  }
}

const stateOf = ({ history, known }: Pick<Flight, 'history' | 'known'>) => history[known] ?? 'processing'

/** What the books should say after all of that: the furthest state counts, once. */
function endPayment(of: Account, flown: PaymentFlight, before: Pick<Flight, 'history' | 'known'>): void {
  if (stateOf(before) === stateOf(flown)) return
  if (stateOf(flown) === 'failed') {
    if (!flown.givenUp) of.reserved -= flown.amount
    return
  }
  const room = flown.givenUp ? freeOf(of) >= flown.amount : true
  if (!flown.givenUp) of.reserved -= flown.amount
  if (room) of.paid += flown.amount
  else flown.surplus = flown.amount
  flown.left = flown.amount
}

function endRefund(of: Account, flown: RefundFlight, before: Pick<Flight, 'history' | 'known'>): void {
  const { payment, amount } = flown
  const [was, is] = [stateOf(before), stateOf(flown)]
  if (was === is) return
  if (is === 'succeeded') {
    if (flown.givenUp) payment.left -= amount
    const ofSurplus = Math.min(payment.surplus, amount)
    flown.ofInvoice = amount - ofSurplus
    payment.surplus -= ofSurplus
    of.paid -= flown.ofInvoice
  } else if (was === 'succeeded') {
    const toInvoice = freeOf(of) >= flown.ofInvoice ? flown.ofInvoice : 0
    of.paid += toInvoice
    payment.surplus += amount - toInvoice
    payment.left += amount
  } else if (!flown.givenUp) payment.left += amount
}
