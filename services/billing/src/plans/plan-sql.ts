import { statement } from '@wellgate/shared/db/query'

export interface PlanRow {
  readonly id: string
  readonly invoice_id: string
  readonly patient_id: string
  readonly total: number
  readonly currency: string
  readonly voided: boolean
  /** What is still owed of the invoice. */
  readonly rest: number
  /** What was paid and adjusted since the plan was made. */
  readonly progress: number
  readonly instalments: readonly {
    number: number
    due_on: string
    amount: number
    cumulative: number
    missed: boolean
  }[]
}

const SELECT = `select p.id, p.invoice_id, p.patient_id, p.total::float8 as total, i.currency, i.voided,
    (i.patient_share - i.paid - i.adjusted)::float8 as rest, (i.paid + i.adjusted - p.settled_before)::float8 as progress,
    (select jsonb_agg(jsonb_build_object('number', n.number, 'due_on', n.due_on, 'amount', n.amount,
        'cumulative', n.cumulative, 'missed', n.missed_since is not null) order by n.number)
       from plan_instalment n where n.plan_id = p.id) as instalments
   from payment_plan p join invoice i on i.id = p.invoice_id`

export const planById = statement<PlanRow>('plan.by-id', `${SELECT} where p.id = $1`)

/** Of $1, latest first, before id $2, at most $3. */
export const plansOfPatient = statement<PlanRow>(
  'plan.of-patient',
  `${SELECT} where p.patient_id = $1 and ($2::uuid is null or p.id < $2) order by p.id desc limit $3`,
)

export const settledOf = statement<{ settled: number; has_plan: boolean }>(
  'plan.settled-of',
  `select (paid + adjusted)::float8 as settled, exists (select from payment_plan where invoice_id = $1) as has_plan
     from invoice where id = $1`,
)

export const insertPlan = statement(
  'plan.insert',
  `insert into payment_plan (id, invoice_id, patient_id, total, settled_before, created_by) values ($1, $2, $3, $4, $5, $6)`,
)

export const insertInstalments = statement(
  'plan.insert-instalments',
  `insert into plan_instalment (plan_id, number, due_on, amount, cumulative)
   select $1, w.number, w.due_on, w.amount, w.cumulative
     from unnest($2::int[], $3::date[], $4::bigint[], $5::bigint[]) as w (number, due_on, amount, cumulative)`,
)

export interface MissedRow {
  readonly plan_id: string
  readonly number: number
  readonly due_on: string
  readonly amount: number
  readonly missing: number
  readonly invoice_id: string
  readonly patient_id: string
  readonly currency: string
}

/** Up to $2 instalments that are past their day on $1, not met, and of which it was not told. */
export const markMissed = statement<MissedRow>(
  'plan.mark-missed',
  `with late as (
     select n.plan_id, n.number, p.invoice_id, p.patient_id, i.currency,
        least(n.amount, n.cumulative + p.settled_before - i.paid - i.adjusted) as missing
       from plan_instalment n join payment_plan p on p.id = n.plan_id join invoice i on i.id = p.invoice_id
      where n.due_on < $1::date and n.missed_since is null and not i.voided
        and i.paid + i.adjusted < i.patient_share and i.paid + i.adjusted - p.settled_before < n.cumulative
      order by n.plan_id, n.number limit $2 for update of n skip locked)
   update plan_instalment n set missed_since = $1 from late
    where n.plan_id = late.plan_id and n.number = late.number
   returning n.plan_id, n.number, n.due_on, n.amount::float8 as amount, late.missing::float8 as missing,
     late.invoice_id, late.patient_id, late.currency`,
)

export const nextVersion = statement<{ version: number }>(
  'plan.next-version',
  'update payment_plan set version = version + 1 where id = $1 returning version',
)
