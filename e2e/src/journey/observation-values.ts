import type { Json } from '../portal.ts'
import type { FhirResource } from '../samples.ts'

interface Quantity {
  readonly value?: number
  readonly unit?: string
}
interface Measured {
  readonly code: { readonly text?: string; readonly coding?: readonly { readonly display?: string }[] }
  readonly valueQuantity?: Quantity
  readonly valueCodeableConcept?: { readonly text?: string }
  readonly valueString?: string
}

const shown = (code: Measured['code']): string => code.text ?? code.coding?.[0]?.display ?? ''

const sourceValue = (measured: Measured): string => {
  const { valueQuantity: quantity, valueCodeableConcept: concept, valueString: text } = measured
  if (quantity) return `${shown(measured.code)}=${quantity.value} ${quantity.unit}`
  return `${shown(measured.code)}=${concept?.text ?? text ?? 'none'}`
}

const portalValue = (code: Json, value: Json): string =>
  value === null
    ? `${code.text}=none`
    : value.kind === 'quantity'
      ? `${code.text}=${value.value} ${value.unit}`
      : `${code.text}=${value.text}`

/** Each Observation of a file as one comparable line: time, code, value and unit, components included. */
export function linesOfFile(resources: readonly FhirResource[]): string[] {
  return resources
    .filter((resource) => resource.resourceType === 'Observation')
    .map((resource) => {
      const observation = resource as unknown as Measured & { effectiveDateTime?: string; component?: Measured[] }
      const components = (observation.component ?? []).map(sourceValue)
      return [observation.effectiveDateTime, sourceValue(observation), ...components].join(' | ')
    })
    .toSorted()
}

/** The same lines, of what the portal shows. */
export function linesOfPortal(observations: readonly Json[]): string[] {
  return observations
    .map((item) => {
      const components = item.components.map((part: Json) => portalValue(part.code, part.value))
      return [item.clinicalTime, portalValue(item.code, item.value), ...components].join(' | ')
    })
    .toSorted()
}
