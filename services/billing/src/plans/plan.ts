import type { PaymentPlan } from '@wellgate/shared/contracts/billing/models'
import { PatientId } from '@wellgate/shared/contracts/ids'
import { money } from '../money.ts'
import type { PlanRow } from './plan-sql.ts'

/** A plan as it stands on a day: an instalment is paid when what was paid since reaches it and those before it. */
export function toPlan(row: PlanRow, today: string): PaymentPlan {
  const of = (amount: number) => money(amount, row.currency)
  return {
    id: row.id,
    invoiceId: row.invoice_id,
    patientId: PatientId.parse(row.patient_id),
    status: row.voided ? 'cancelled' : row.rest === 0 ? 'completed' : 'active',
    total: of(row.total),
    instalments: row.instalments.map(({ number, due_on, amount, cumulative }) => ({
      number,
      dueOn: due_on,
      amount: of(amount),
      status: row.progress >= cumulative ? ('paid' as const) : due_on < today ? ('missed' as const) : ('due' as const),
    })),
  }
}
