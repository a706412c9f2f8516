import { billingErrors } from '../errors.ts'
import { addDays } from '../days.ts'

/** @throws `range-reversed`; `range-too-long` where more than `days` are asked for at once */
export function requireRange(from: string, to: string, days?: number): void {
  if (from > to) throw billingErrors['range-reversed']({ fields: [{ field: 'query.from', expected: `at most ${to}` }] })
  if (days === undefined || to < addDays(from, days)) return
  throw billingErrors['range-too-long']({ fields: [{ field: 'query.to', expected: `before ${addDays(from, days)}` }] })
}
