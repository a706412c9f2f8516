import { statement } from '@wellgate/shared/db/query'
import type { PaymentRow, PaymentStatus } from './payment.ts'

const COLUMNS = `id, invoice_id, patient_id, amount::float8 as amount, refunded::float8 as refunded, currency, status,
  failure_code, intent_id, receipt_number, version, created_at, settled_at, method`

export const paymentById = statement<PaymentRow>('payment.by-id', `select ${COLUMNS} from payment where id = $1`)

/** Latest first, older than $2, at most $3. */
export const paymentsOfPatient = statement<PaymentRow>(
  'payment.of-patient',
  `select ${COLUMNS} from payment where patient_id = $1 and ($2::uuid is null or id < $2) order by id desc limit $3`,
)

export const insertPayment = statement(
  'payment.insert',
  `insert into payment (id, invoice_id, patient_id, amount, currency, created_by, method) values ($1, $2, $3, $4, $5, $6, $7)`,
)

/** The payment's status, and whether the processor has it. */
export const lockPayment = statement<{ status: PaymentStatus; made: boolean }>(
  'payment.lock',
  'select status, intent_id is not null as made from payment where id = $1 for update',
)

/** The processor has it, and is not done. */
export const markProcessing = statement(
  'payment.mark-processing',
  `update payment set status = 'processing', intent_id = $2, version = version + 1 where id = $1 and status = 'created'`,
)

export const markSucceeded = statement<{ version: number }>(
  'payment.mark-succeeded',
  `update payment set status = 'succeeded', intent_id = $2, receipt_number = $3, surplus = $4, failure_code = null,
      settled_at = clock_timestamp(), version = version + 1
    where id = $1 returning version`,
)

export const markFailed = statement<{ version: number }>(
  'payment.mark-failed',
  `update payment set status = 'failed', intent_id = coalesce($2, intent_id), failure_code = $3,
      settled_at = clock_timestamp(), version = version + 1
    where id = $1 returning version`,
)

/**
 * Up to $2 of which nothing was heard for $1 seconds, or a quarter of their age (an hour at most): what takes the bank
 * days is not asked for each second. Who claims asks; another process passes over them.
 */
export const claimInDoubt = statement<PaymentRow>(
  'payment.claim-in-doubt',
  `update payment set asked_at = clock_timestamp()
    where id in (
      select id from payment
       where status in ('created', 'processing') and asked_at < clock_timestamp() - interval '1 second' *
         greatest($1::float8, least(3600, extract(epoch from clock_timestamp() - created_at) / 4))
       order by asked_at limit $2 for update skip locked)
   returning ${COLUMNS}`,
)

export const isHeard = statement('processor-event.find', 'select from processor_event where event_id = $1')
export const rememberHeard = statement(
  'processor-event.insert',
  'insert into processor_event (event_id, type) values ($1, $2) on conflict do nothing',
)
/** What is told again after this is harmless: it is only asked about once more. */
export const forgetHeard = statement(
  'processor-event.delete-old',
  `delete from processor_event where heard_at < now() - interval '60 days'`,
)
