import { statement } from '@wellgate/shared/db/query'
import type { PaymentStatus, RefundRow } from './payment.ts'

const COLUMNS = `r.id, r.payment_id, r.patient_id, p.invoice_id, p.intent_id, p.surplus, r.amount::float8 as amount, r.currency, r.status,
  r.processor_id, r.version, r.created_at, r.reason`

export const refundById = statement<RefundRow>(
  'refund.by-id',
  `select ${COLUMNS} from refund r join payment p on p.id = r.payment_id where r.id = $1`,
)

export const insertRefund = statement(
  'refund.insert',
  `insert into refund (id, payment_id, patient_id, amount, currency, created_by, reason) values ($1, $2, $3, $4, $5, $6, $7)`,
)

/** Keeps $2 of the payment $1 for a refund; no row where that much is not left. */
export const keepForRefund = statement(
  'refund.keep',
  `update payment set refunding = refunding + $2::bigint, version = version + 1
    where id = $1 and status = 'succeeded' and refunded + refunding + $2::bigint <= amount`,
)
export const restToRefund = statement<{ rest: number }>(
  'refund.rest',
  'select (amount - refunded - refunding)::float8 as rest from payment where id = $1',
)
export const giveBackKept = statement(
  'refund.give-back-kept',
  'update payment set refunding = refunding - $2::bigint, version = version + 1 where id = $1',
)
export const countRefunded = statement<{ version: number }>(
  'refund.count',
  `update payment set refunding = refunding - $2::bigint, refunded = refunded + $2::bigint, version = version + 1
    where id = $1 returning version`,
)

export const lockRefund = statement<{ status: PaymentStatus }>(
  'refund.lock',
  'select status from refund where id = $1 for update',
)
export const markProcessing = statement(
  'refund.mark-processing',
  `update refund set status = 'processing', processor_id = $2, version = version + 1 where id = $1 and status = 'created'`,
)
export const markSettled = statement(
  'refund.mark-settled',
  `update refund set status = $2, processor_id = coalesce($3, processor_id), failure_code = $4,
      settled_at = clock_timestamp(), version = version + 1
    where id = $1`,
)

/** As for payments. */
export const claimInDoubt = statement<RefundRow>(
  'refund.claim-in-doubt',
  `update refund r set asked_at = clock_timestamp() from payment p
    where p.id = r.payment_id and r.id in (
      select id from refund
       where status in ('created', 'processing') and asked_at < clock_timestamp() - interval '1 second' *
         greatest($1::float8, least(3600, extract(epoch from clock_timestamp() - created_at) / 4))
       order by asked_at limit $2 for update skip locked)
   returning ${COLUMNS}`,
)
