import type { Observation } from '@wellgate/shared/contracts/records/models'
import type { z } from 'zod'
import type { OpenEntry } from '../entry.ts'
import { coded, conceptTexts, parts, text, type Part } from '../fhir.ts'
import { baseOf } from './base.ts'
import { quantityOf, valueOf } from './value.ts'

export function observationView(entry: OpenEntry): z.input<typeof Observation> {
  const { resource } = entry
  return {
    ...baseOf('Observation', entry),
    value: valueOf(resource),
    components: parts(resource['component']).map((component) => ({
      code: coded(component['code']),
      value: valueOf(component),
    })),
    interpretation: conceptTexts(resource['interpretation']),
    referenceRanges: parts(resource['referenceRange']).flatMap((range) => rangeText(range) ?? []),
  }
}

/** A reference range as text: its own, else made of its bounds. */
function rangeText(range: Part): string | null {
  const own = text(range['text'])
  if (own) return own
  const bound = (name: string): string | null => {
    const quantity = quantityOf(range[name])
    return quantity?.kind === 'quantity' ? `${quantity.value}${quantity.unit ? ` ${quantity.unit}` : ''}` : null
  }
  const [low, high] = [bound('low'), bound('high')]
  if (low && high) return `${low} – ${high}`
  if (low) return `≥ ${low}`
  return high ? `≤ ${high}` : null
}
