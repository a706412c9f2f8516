import { conceptText, part, parts, text, type Part } from '../fhir.ts'
import { boundsText, quantityText } from './value.ts'

/**
 * How a medication is taken, as one line: the sender's own words, else made of dose, timing and route
 * (https://hl7.org/fhir/R4/dosage.html). Null where nothing is said.
 */
export function dosageText(dosage: Part): string | null {
  const own = text(dosage['text']) ?? text(dosage['patientInstruction'])
  if (own !== null) return own
  const made = [doseText(dosage), timingText(part(dosage['timing'])), conceptText(dosage['route']), asNeeded(dosage)]
  return made.filter((each) => each !== null).join(', ') || null
}

function doseText(dosage: Part): string | null {
  const { doseQuantity, doseRange } = parts(dosage['doseAndRate'])[0] ?? {}
  return quantityText(doseQuantity) ?? boundsText(doseRange)
}

/** `2 x per 1 d`; a code such as BID where there is one. */
function timingText(timing: Part): string | null {
  const code = conceptText(timing['code'])
  if (code !== null) return code
  const { frequency, frequencyMax, period, periodMax, periodUnit } = part(timing['repeat'])
  const [times, each] = [upTo(frequency, frequencyMax), upTo(period, periodMax)]
  return times === null || each === null || text(periodUnit) === null
    ? null
    : `${times} x per ${each} ${text(periodUnit)}`
}

function upTo(from: unknown, to: unknown): string | null {
  if (typeof from !== 'number') return null
  return typeof to === 'number' ? `${from} – ${to}` : String(from)
}

function asNeeded(dosage: Part): string | null {
  const why = conceptText(dosage['asNeededCodeableConcept'])
  if (why !== null) return `as needed: ${why}`
  return dosage['asNeededBoolean'] === true ? 'as needed' : null
}
