import { statement } from '@wellgate/shared/db/query'
import type { InvoiceRow, InvoiceSummaryRow } from './invoice.ts'

/**
 * What of invoice `i` with plan `p` is past its day, on the day `today`: all of it, or the instalments that were due; before
 * one was, nothing is, whatever is refunded.
 */
const pastDue = (today: string) => `(case
     when i.voided or i.paid + i.adjusted >= i.patient_share then 0
     when p.id is null then case when i.due_on < ${today} then i.patient_share - i.paid - i.adjusted else 0 end
     else least(i.patient_share - i.paid - i.adjusted, greatest(0, (
       select p.settled_before - i.paid - i.adjusted + max(n.cumulative)
         from plan_instalment n where n.plan_id = p.id and n.due_on < ${today})))
   end)::float8`

const COLUMNS = `i.id, i.number, i.patient_id, i.appointment_id, i.issued_on, i.due_on, i.currency, i.voided, i.version,
    i.total::float8 as total, i.patient_share::float8 as patient_share, i.insurer_share::float8 as insurer_share,
    i.paid::float8 as paid, i.adjusted::float8 as adjusted, i.insurer_paid::float8 as insurer_paid,
    i.insurer_adjusted::float8 as insurer_adjusted, ${pastDue('$1::date')} as past_due`
const FROM = 'from invoice i left join payment_plan p on p.invoice_id = i.id'

export const invoiceById = statement<InvoiceRow>(
  'invoice.by-id',
  `select ${COLUMNS}, i.document ${FROM} where i.id = $2`,
)

/** Of $2, latest first, with numbers below $3, at most $4. Their lines stay where they are: a list does not show them. */
export const invoicesOfPatient = statement<InvoiceSummaryRow>(
  'invoice.of-patient',
  `select ${COLUMNS} ${FROM} where i.patient_id = $2 and ($3::bigint is null or i.number < $3) order by i.number desc limit $4`,
)

/**
 * What the patient $2 owes, and the insurer for them, in currency $3, by the ledger; and what of it is past its day on $1,
 * by the invoices that are open. Each is a few rows, however many lines the ledger has.
 */
export const balanceOfPatient = statement<{ balance: number; insurer: number; overdue: number }>(
  'invoice.balance-of-patient',
  `select coalesce(sum(b.balance) filter (where a.kind = 'patient-receivable'), 0)::float8 as balance,
      coalesce(sum(b.balance) filter (where a.kind = 'insurer-receivable'), 0)::float8 as insurer,
      (select coalesce(sum(${pastDue('$1::date')}), 0) ${FROM}
        where i.patient_id = $2 and i.currency = $3 and not i.voided and i.paid + i.adjusted < i.patient_share) as overdue
     from account a join account_balance b on b.account_id = a.id
    where a.patient_id = $2 and a.currency = $3`,
)

export const insertInvoice = statement(
  'invoice.insert',
  `insert into invoice (id, number, patient_id, appointment_id, issued_on, due_on, currency, total, patient_share,
     insurer_share, document)
   values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`,
)

/** Up to $2 that are past their day on $1 and of which it was not told; an invoice with a plan is its instalments' matter. */
export const markOverdue = statement<{
  id: string
  number: string
  patient_id: string
  due_on: string
  currency: string
  rest: number
  version: number
}>(
  'invoice.mark-overdue',
  `update invoice set overdue_since = $1, version = version + 1
    where id in (
      select i.id from invoice i
       where not i.voided and i.paid + i.adjusted < i.patient_share and i.due_on < $1::date and i.overdue_since is null
         and not exists (select from payment_plan p where p.invoice_id = i.id)
       order by i.id limit $2 for update skip locked)
   returning id, number, patient_id, due_on, currency, (patient_share - paid - adjusted)::float8 as rest, version`,
)

/** Amounts that staff move: what is adjusted or paid by the insurer may not be more than the share allows. */
const move = (name: string, change: string, guard: string) =>
  statement<{ version: number }>(
    name,
    `update invoice set ${change}, version = version + 1 where id = $1 and not voided and ${guard} returning version`,
  )

export const adjustPatient = move(
  'invoice.adjust-patient',
  'adjusted = adjusted + $2::bigint',
  'adjusted + $2::bigint >= 0 and reserved + paid + adjusted + $2::bigint <= patient_share',
)
export const adjustInsurer = move(
  'invoice.adjust-insurer',
  'insurer_adjusted = insurer_adjusted + $2::bigint',
  'insurer_adjusted + $2::bigint >= 0 and insurer_paid + insurer_adjusted + $2::bigint <= insurer_share',
)
export const payInsurer = move(
  'invoice.pay-insurer',
  'insurer_paid = insurer_paid + $2::bigint',
  'insurer_paid + $2::bigint >= 0 and insurer_paid + insurer_adjusted + $2::bigint <= insurer_share',
)

export interface Parts {
  readonly adjusted: number
  readonly insurer_adjusted: number
  readonly patient_rest: number
  readonly insurer_rest: number
}

/** What is adjusted of an invoice, and what could still be. Lock it first. */
export const partsOf = statement<Parts>(
  'invoice.parts',
  `select adjusted::float8 as adjusted, insurer_adjusted::float8 as insurer_adjusted,
      (patient_share - reserved - paid - adjusted)::float8 as patient_rest,
      (insurer_share - insurer_paid - insurer_adjusted)::float8 as insurer_rest
     from invoice where id = $1`,
)

/** Takes an invoice back of which nothing was paid, adjusted or reserved. */
export const voidInvoice = statement<{ version: number }>(
  'invoice.void',
  `update invoice set voided = true, version = version + 1
    where id = $1 and not voided and reserved + paid + adjusted + insurer_paid + insurer_adjusted = 0
   returning version`,
)
