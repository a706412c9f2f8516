import type { PaymentProcessor } from './processor.ts'

/** A processor that is loaded when it is first asked for something. What a load rejects with, each request rejects with. */
export function whenNeeded(load: () => Promise<PaymentProcessor>): PaymentProcessor {
  let loading: Promise<PaymentProcessor> | undefined
  const loaded = (): Promise<PaymentProcessor> => (loading ??= load())
  return {
    pay: async (request) => (await loaded()).pay(request),
    find: async (intentId) => (await loaded()).find(intentId),
    findByPayment: async (paymentId, since) => (await loaded()).findByPayment(paymentId, since),
    cancel: async (intentId) => (await loaded()).cancel(intentId),
    refund: async (request) => (await loaded()).refund(request),
    findRefund: async (processorId) => (await loaded()).findRefund(processorId),
    findByRefund: async (refundId, intentId) => (await loaded()).findByRefund(refundId, intentId),
    verify: async (body, signature) => (await loaded()).verify(body, signature),
  }
}
