import type { Value } from '@wellgate/shared/contracts/records/models'
import { coded, isPart, part, text, type Part } from '../fhir.ts'

/** https://hl7.org/fhir/R4/valueset-quantity-comparator.html */
const COMPARATORS: readonly unknown[] = ['<', '<=', '>=', '>']

/** A Quantity as a person reads it; null where it has no number. */
export function quantityOf(quantity: unknown): Extract<Value, { kind: 'quantity' }> | null {
  const { value, unit, code, comparator } = part(quantity)
  if (typeof value !== 'number' || !Number.isFinite(value)) return null
  return {
    kind: 'quantity',
    value,
    ...(COMPARATORS.includes(comparator) ? { comparator: String(comparator) } : {}),
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
  const other = ['Quantity', 'Range', 'Ratio', 'Period', 'SampledData'].map(of).find(isPart)
  return other ? { kind: 'other', text: JSON.stringify(other) } : null
}

/** A quantity as text: `< 7.5 mmol/L`. */
export function quantityText(quantity: unknown): string | null {
  const found = quantityOf(quantity)
  return (
    found && [found.comparator, found.value, found.unit].filter((each) => each !== undefined && each !== null).join(' ')
  )
}

/** Two bounds as text, either of which may be missing: `3.5 – 5.1 mmol/L`. */
export function boundsText(range: unknown): string | null {
  const [low, high] = [quantityText(part(range)['low']), quantityText(part(range)['high'])]
  if (low !== null && high !== null) return `${low} – ${high}`
  if (low !== null) return `≥ ${low}`
  return high === null ? null : `≤ ${high}`
}
