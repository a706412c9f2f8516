import { rows, type Queryable } from '@wellgate/shared/db/query'
import { statementsOf } from '../src/statements/statement-sql.ts'

/** Where the statements of a patient do not follow from each other, or do not end at what is owed. Empty when all is well. */
export async function statementFaults(pool: Queryable, patientId: string, owed: number): Promise<string[]> {
  const months = (await rows(pool, statementsOf, [patientId, 'USD', null, 1_000])).toReversed()
  const faults: string[] = []
  let before = { period: '', closing: 0 }
  for (const { period, opening, charged, paid, adjusted, closing } of months) {
    if (period <= before.period) faults.push(`${period} comes after ${before.period}`)
    if (opening !== before.closing)
      faults.push(`${period} opens at ${opening}, ${before.period} closed at ${before.closing}`)
    if (opening + charged - paid - adjusted !== closing) faults.push(`${period} does not add up`)
    before = { period, closing }
  }
  if (before.closing !== owed) faults.push(`the last closes at ${before.closing}, but ${owed} is owed`)
  return faults
}
