import type { Value } from '@wellgate/shared/contracts/records/models'
import { coded, isPart, part, text, type Part } from '../fhir.ts'

const COMPARATORS = ['<', '<=', '>=', '>', 'ad']

/** A Quantity as a person reads it; null where it has no number. */
export function quantityOf(quantity: unknown): Value | null {
  const { value, unit, code, comparator } = part(quantity)
  if (typeof value !== 'number' || !Number.isFinite(value)) return null
  const sign = text(comparator)
  return {
    kind: 'quantity',
    value,
    ...(sign !== null && COMPARATORS.includes(sign) ? { comparator: sign } : {}),
    unit: text(unit) ?? text(code),
    code: text(code),
  }
}

/** The `value[x]` (or another choice, such as `detail[x]`) of a resource or component. */
export function valueOf(holder: Part, choice = 'value'): Value | null {
  const of = (type: string): unknown => holder[`${choice}${type}`]
  const quantity = quantityOf(of('Quantity'))
  if (quantity) return quantity
  if (isPart(of('CodeableConcept'))) return { kind: 'coded', ...coded(of('CodeableConcept')) }
  const plain = text(of('String')) ?? text(of('DateTime')) ?? text(of('Time'))
  if (plain !== null) return { kind: 'text', text: plain }
  const truth = of('Boolean')
  if (typeof truth === 'boolean') return { kind: 'boolean', value: truth }
  const integer = of('Integer')
  if (typeof integer === 'number' && Number.isSafeInteger(integer)) return { kind: 'integer', value: integer }
  const other = Object.entries(holder).find(
    ([name, value]) => name.startsWith(choice) && name.length > choice.length && isPart(value),
  )
  return other ? { kind: 'other', text: JSON.stringify(other[1]) } : null
}
