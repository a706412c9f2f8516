import { statement } from '@wellgate/shared/db/query'

export interface StatementRow {
  readonly period: string
  readonly opening: number
  readonly charged: number
  readonly paid: number
  readonly adjusted: number
  readonly closing: number
}

/**
 * The months of what patient $1 owes in currency $2, latest first, before month $3, at most $4. A reversal counts where
 * what it reverses did; a refund makes what was paid less.
 */
export const statementsOf = statement<StatementRow>(
  'statement.of-patient',
  `with line as (
     select to_char(e.booked_on, 'YYYY-MM') as period, coalesce(o.kind, e.kind) as kind, l.amount
       from account a
       join journal_line l on l.account_id = a.id
       join journal_entry e on e.id = l.entry_id
       left join journal_entry o on o.id = e.reverses
      where a.kind = 'patient-receivable' and a.patient_id = $1 and a.currency = $2),
   month as (
     select period, coalesce(sum(amount) filter (where kind = 'charge'), 0) as charged,
        -coalesce(sum(amount) filter (where kind in ('payment', 'refund')), 0) as paid,
        -coalesce(sum(amount) filter (where kind in ('adjustment', 'write-off')), 0) as adjusted, sum(amount) as change
       from line group by period),
   statement as (
     select period, charged, paid, adjusted, change, sum(change) over (order by period) as closing from month)
   select period, (closing - change)::float8 as opening, charged::float8 as charged, paid::float8 as paid,
      adjusted::float8 as adjusted, closing::float8 as closing
     from statement where $3::text is null or period < $3 order by period desc limit $4`,
)
