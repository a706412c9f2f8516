import type { AccountKind, DayClose } from '@wellgate/shared/contracts/billing/models'
import { statement } from '@wellgate/shared/db/query'

/**
 * What patients owe of invoices in currency $2, by how many days it has been due on $1; an age of 0 is not due. What is planned
 * is due by its instalments, and what of the settled is owed again with the first of them.
 */
export const agedReceivables = statement<{ age: number; invoices: number; amount: number }>(
  'report.receivables',
  `with owed as (
     select i.id, i.due_on, p.id as plan_id, i.patient_share - i.paid - i.adjusted as rest,
        i.paid + i.adjusted - p.settled_before as progress
       from invoice i left join payment_plan p on p.invoice_id = i.id
      where not i.voided and i.paid + i.adjusted < i.patient_share and i.currency = $2),
   part as (
     select id, due_on, rest as amount from owed where plan_id is null
     union all
     select o.id, n.due_on, greatest(0, n.cumulative - o.progress)
          - case n.number when 1 then 0 else greatest(0, n.cumulative - n.amount - o.progress) end
       from owed o join plan_instalment n on n.plan_id = o.plan_id)
   select case when d.days <= 0 then 0 when d.days <= 30 then 1 when d.days <= 60 then 2 when d.days <= 90 then 3 else 4 end
      as age, count(distinct part.id)::int as invoices, sum(part.amount)::float8 as amount
     from part cross join lateral (select $1::date - part.due_on as days) as d
    where part.amount > 0 group by age`,
)

export const kindBalance = statement<{ balance: number }>(
  'report.kind-balance',
  `select coalesce(sum(b.balance), 0)::float8 as balance from account a join account_balance b on b.account_id = a.id
    where a.kind = $1 and a.currency = $2`,
)

export interface LedgerRow {
  readonly entry_id: string
  readonly booked_on: string
  readonly kind: string
  readonly line: number
  readonly account: AccountKind
  readonly patient_id: string
  readonly invoice_id: string | null
  readonly payment_id: string | null
  readonly refund_id: string | null
  readonly reverses: string | null
  readonly amount: string
  readonly currency: string
}

/**
 * The lines booked from $1 to $2, for {@link nextLedgerLines} in the same transaction: they are read once. Pages that each
 * look for their place would read the ledger as often as there are pages.
 */
export const openLedgerLines = statement(
  'report.open-ledger-lines',
  `declare ledger_lines no scroll cursor for
   select e.id as entry_id, e.booked_on, e.kind, l.line, a.kind as account, e.patient_id, e.invoice_id, e.payment_id,
      e.refund_id, e.reverses, l.amount, a.currency
     from journal_entry e join journal_line l on l.entry_id = e.id join account a on a.id = l.account_id
    where e.booked_on between $1 and $2
    order by e.booked_on, e.id, l.line`,
)

/** The next of them; none after the last. */
export const nextLedgerLines = statement<LedgerRow>('report.next-ledger-lines', 'fetch 5000 from ledger_lines')

/** Waits for everyone who books, and lets nobody book until the transaction ends. */
export const lockBooks = statement(
  'report.lock-books',
  `select pg_advisory_xact_lock(hashtextextended('wellgate/billing/day-close', 0))`,
)

export const lastClose = statement<{ day: string | null }>('report.last-close', 'select max(day) as day from day_close')

/** What was booked after $1 (null: from the beginning) and until $2, by kind of account, in currency $3. */
export const totalsUntil = statement<{ account: AccountKind; debits: number; credits: number }>(
  'report.totals',
  `select a.kind as account, coalesce(sum(l.amount) filter (where l.amount > 0), 0)::float8 as debits,
      coalesce(-sum(l.amount) filter (where l.amount < 0), 0)::float8 as credits
     from journal_entry e join journal_line l on l.entry_id = e.id join account a on a.id = l.account_id
    where ($1::date is null or e.booked_on > $1) and e.booked_on <= $2 and a.currency = $3
    group by a.kind order by a.kind`,
)

export const countEntries = statement<{ entries: number }>(
  'report.count-entries',
  `select count(*)::int as entries from journal_entry where ($1::date is null or booked_on > $1) and booked_on <= $2`,
)

export interface CloseRow {
  readonly day: string
  readonly closed_at: Date
  readonly entries: number
  readonly totals: DayClose['totals']
}

export const insertClose = statement(
  'report.insert-close',
  'insert into day_close (day, closed_at, closed_by, entries, totals) values ($1, $2, $3, $4, $5)',
)

/** Latest first, before day $1, at most $2. */
export const listCloses = statement<CloseRow>(
  'report.list-closes',
  `select day, closed_at, entries, totals from day_close where $1::date is null or day < $1 order by day desc limit $2`,
)

/** By how much balances do not sum to zero; invoices past their day; seconds of the oldest payment of each status without an end. */
export const books = statement<{
  imbalance: string
  overdue: number
  created: number | null
  processing: number | null
}>(
  'report.books',
  `select (select coalesce(sum(abs(total)), 0) from (
             select sum(b.balance) as total from account_balance b join account a on a.id = b.account_id group by a.currency
           ) as of_currency) as imbalance,
          (select count(*)::int from invoice
            where overdue_since is not null and not voided and paid + adjusted < patient_share) as overdue,
          (select extract(epoch from clock_timestamp() - min(created_at))::float8 from payment
            where status = 'created') as created,
          (select extract(epoch from clock_timestamp() - min(created_at))::float8 from payment
            where status = 'processing') as processing`,
)

const LINES_MS = 600_000

/** For the rest of the transaction, a statement may take as long as {@link againstLines} may. */
export const takeTime = statement('report.take-time', `select set_config('statement_timeout', '${LINES_MS}', true)`)

/** By how much balances differ from the sums of their lines. It reads every line. */
export const againstLines = statement<{ imbalance: string }>(
  'report.against-lines',
  `select coalesce(sum(abs(coalesce(b.balance, 0) - coalesce(l.total, 0))), 0) as imbalance
     from account_balance b
     full join (select account_id, sum(amount) as total from journal_line group by account_id) l using (account_id)`,
  { timeoutMs: LINES_MS + 1_000 },
)

/**
 * Takes the turn to hold balances against lines: no row when somebody looked in the last $1 seconds and they agreed, or
 * looks now. It is a turn until the transaction ends, and none where that fails.
 */
export const takeLook = statement(
  'report.take-look',
  `update ledger_look set looked_at = clock_timestamp()
    where only_one = (select only_one from ledger_look
                       where looked_at is null or imbalance <> 0
                          or looked_at < clock_timestamp() - $1::int * interval '1 second'
                         for update skip locked)`,
)

/** What the look found. */
export const keepLook = statement('report.keep-look', 'update ledger_look set imbalance = $1')

/** What the last look found that has ended, if any has. */
export const lastLook = statement<{ imbalance: string }>(
  'report.last-look',
  'select imbalance from ledger_look where looked_at is not null',
)
