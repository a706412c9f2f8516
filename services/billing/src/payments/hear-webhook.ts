import { z } from 'zod'
import { execute, maybeOne } from '@wellgate/shared/db/query'
import { platformErrors } from '@wellgate/shared/errors/platform-errors'
import { InvalidSignature, type Notice, ProcessorUnavailable } from '../processor/processor.ts'
import type { PaymentDeps } from './payment-deps.ts'
import * as payments from './payment-sql.ts'
import * as refunds from './refund-sql.ts'
import { settlePayment } from './settle-payment.ts'
import { settleRefund } from './settle-refund.ts'

const isId = (text: string | null): text is string => z.uuid().safeParse(text).success

/**
 * Hears what the processor tells. What it says is not believed but asked: so it may come twice, late and in any order.
 * What is not about ours (the account may serve others, too) has no effect.
 * @throws `invalid-request` for what the processor did not sign, `unavailable` where it should tell again
 */
export async function hearWebhook(deps: PaymentDeps, body: Buffer, signature: string | undefined): Promise<void> {
  const notice = await verified(deps, body, signature)
  if (await maybeOne(deps.pool, payments.isHeard, [notice.eventId])) return
  try {
    await follow(deps, notice)
  } catch (error) {
    if (error instanceof ProcessorUnavailable) throw platformErrors.unavailable({ retryAfter: 5 })
    throw error
  }
  // After the effect, which is once by itself: a crash in between only asks again.
  await execute(deps.pool, payments.rememberHeard, [notice.eventId, notice.type])
}

async function verified({ processor }: PaymentDeps, body: Buffer, signature: string | undefined): Promise<Notice> {
  try {
    return await processor.verify(body, signature)
  } catch (error) {
    if (!(error instanceof InvalidSignature)) throw error
    throw platformErrors['invalid-request']({
      fields: [
        {
          field: 'headers.stripe-signature',
          expected: "the processor's signature of this body, five minutes old at most",
        },
      ],
    })
  }
}

async function follow(deps: PaymentDeps, { about }: Notice): Promise<void> {
  const { pool, processor } = deps
  if (about?.kind === 'payment') {
    const said = await processor.find(about.intentId)
    const payment =
      said && isId(said.paymentId) ? await maybeOne(pool, payments.paymentById, [said.paymentId]) : undefined
    if (said && payment) await settlePayment(deps, payment, said)
  } else if (about?.kind === 'refund') {
    const said = await processor.findRefund(about.processorId)
    const refund = said && isId(said.refundId) ? await maybeOne(pool, refunds.refundById, [said.refundId]) : undefined
    if (said && refund) await settleRefund(deps, refund, said)
  }
}
