import type { AccountKind, EntryKind } from '@wellgate/shared/contracts/billing/models'
import { statement } from '@wellgate/shared/db/query'

/** Accounts of the kinds $1, each of the patient in $2 or of nobody, in currency $3. */
export const findAccounts = statement<{ id: string; kind: AccountKind }>(
  'ledger.accounts',
  `select a.id, a.kind from unnest($1::text[], $2::uuid[]) as w (kind, patient_id)
     join account a on a.kind = w.kind and a.currency = $3 and a.patient_id is not distinct from w.patient_id`,
)

/** In one order, so that two that open the same accounts do not wait in a ring. */
export const openAccounts = statement(
  'ledger.open-accounts',
  `insert into account (id, kind, patient_id, currency)
   select gen_random_uuid(), w.kind, w.patient_id, $3 from unnest($1::text[], $2::uuid[]) as w (kind, patient_id)
    order by w.kind, w.patient_id
   on conflict on constraint account_once do nothing`,
)

export const insertEntry = statement(
  'ledger.insert-entry',
  `insert into journal_entry (id, booked_on, kind, patient_id, invoice_id, payment_id, refund_id, reverses, reason_sealed)
   values ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
)

export const insertLines = statement(
  'ledger.insert-lines',
  `insert into journal_line (entry_id, line, account_id, amount)
   select $1, w.line, w.account_id, w.amount
     from unnest($2::uuid[], $3::bigint[]) with ordinality as w (account_id, amount, line)`,
)

export interface EntryRow {
  readonly id: string
  readonly kind: EntryKind
  readonly booked_on: string
  readonly patient_id: string
  readonly invoice_id: string | null
  readonly reverses: string | null
  readonly lines: readonly { account: AccountKind; amount: number; currency: string }[]
}

export const entryById = statement<EntryRow>(
  'ledger.entry',
  `select e.id, e.kind, e.booked_on, e.patient_id, e.invoice_id, e.reverses,
      (select jsonb_agg(jsonb_build_object('account', a.kind, 'amount', l.amount, 'currency', a.currency) order by l.line)
         from journal_line l join account a on a.id = l.account_id where l.entry_id = e.id) as lines
     from journal_entry e where e.id = $1`,
)

export const reversalOf = statement('ledger.reversal-of', 'select from journal_entry where reverses = $1')
