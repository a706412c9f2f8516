import { statement } from '@wellgate/shared/db/query'
import type { PaymentStatus, RefundRow } from './payment.ts'

const COLUMNS = `r.id, r.payment_id, r.patient_id, p.invoice_id, p.intent_id, r.amount::float8 as amount, r.currency, r.status,
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
/** Gives $2 of the payment $1 back, $3 of it from what is not in the invoice. */
export const countRefunded = statement<{ version: number }>(
  'refund.count',
  `update payment set refunding = refunding - $2::bigint, refunded = refunded + $2::bigint,
      surplus = surplus - $3::bigint, version = version + 1
    where id = $1 returning version`,
)
/** The opposite: $2 came back, and $3 of it has no place in the invoice. */
export const countReturned = statement<{ version: number }>(
  'refund.count-returned',
  `update payment set refunded = refunded - $2::bigint, surplus = surplus + $3::bigint, version = version + 1
    where id = $1 returning version`,
)

/** The refund's status, whether the processor has it, and what of its payment is not in the invoice. Lock the invoice first. */
export const lockRefund = statement<{ status: PaymentStatus; made: boolean; surplus: number }>(
  'refund.lock',
  `select r.status, r.processor_id is not null as made, p.surplus::float8 as surplus
     from refund r join payment p on p.id = r.payment_id where r.id = $1 for update`,
)

/** The entry that booked a refund, and how much of it is owed again for the invoice and not to the payer. */
export const bookedRefund = statement<{ id: string; of_invoice: number }>(
  'refund.booked',
  `select e.id, coalesce(sum(l.amount) filter (where a.kind = 'patient-receivable'), 0)::float8 as of_invoice
     from journal_entry e join journal_line l on l.entry_id = e.id join account a on a.id = l.account_id
    where e.refund_id = $1 and e.kind = 'refund' group by e.id`,
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
