import { addMonths } from '../days.ts'

export interface PlannedInstalment {
  readonly number: number
  readonly dueOn: string
  readonly amount: number
  /** Of this and those before it. */
  readonly cumulative: number
}

/**
 * Cuts an amount into monthly instalments that add up to it exactly; no two differ by more than one minor unit, larger
 * ones first. `count` is at most `total`.
 */
export function splitInstalments(total: number, count: number, firstDueOn: string): PlannedInstalment[] {
  const each = Math.floor(total / count)
  const larger = total - each * count
  return Array.from({ length: count }, (_, index) => ({
    number: index + 1,
    dueOn: addMonths(firstDueOn, index),
    amount: each + (index < larger ? 1 : 0),
    cumulative: each * (index + 1) + Math.min(index + 1, larger),
  }))
}
