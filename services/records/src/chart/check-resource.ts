import type { ClinicalType } from '@wellgate/shared/contracts/interop/import-result'
import { ANATOMY, at, clinicalTimeOf } from './facts.ts'
import { beginningOf } from './fhir-time.ts'
import { conceptText, isPart, type Part } from './fhir.ts'

export type Checked =
  | { readonly ok: true; readonly resource: Part; readonly status: string | null; readonly clinicalTime: Date | null }
  | { readonly ok: false; readonly detail: string }

const refuse = (detail: string): Checked => ({ ok: false, detail })

/** Fields that hold a date or time wherever they stand in a supported resource, periods by their ends. */
const TIMES = [
  'onsetDateTime',
  'abatementDateTime',
  'recordedDate',
  'issued',
  'period.start',
  'period.end',
  'dateAsserted',
]

/** Checks what the chart rests on; the detail of a refusal names the field and the rule, never the value. */
export function checkResource(type: ClinicalType, json: string): Checked {
  if (json.includes('\\u0000') || json.includes('\0')) return refuse('NUL characters cannot be stored')
  let resource: unknown
  try {
    resource = JSON.parse(json)
  } catch {
    return refuse('expected JSON')
  }
  if (!isPart(resource) || resource['resourceType'] !== type) return refuse(`resourceType: expected ${type}`)
  const { status, statuses, statusRequired, code, codeRequired, times } = ANATOMY[type]
  const state = status(resource)
  const statusField =
    type === 'Goal'
      ? 'lifecycleStatus'
      : type === 'Condition' || type === 'AllergyIntolerance'
        ? 'clinicalStatus'
        : 'status'
  if (state === null && statusRequired) return refuse(`${statusField}: expected a code`)
  if (state !== null && !statuses.includes(state)) return refuse(`${statusField}: expected one of the codes of FHIR R4`)
  if (codeRequired && conceptText(code(resource)) === null)
    return refuse(`${codeField(type)}: expected a text or a coding`)
  for (const path of new Set([...times, ...TIMES])) {
    const found = at(resource, path)
    if (found !== undefined && (typeof found !== 'string' || beginningOf(found) === null)) {
      return refuse(`${path}: expected a FHIR date or time that exists`)
    }
  }
  const time = clinicalTimeOf(type, resource)
  return { ok: true, resource, status: state, clinicalTime: time === null ? null : beginningOf(time) }
}

function codeField(type: ClinicalType): string {
  switch (type) {
    case 'MedicationRequest':
    case 'MedicationStatement':
      return 'medicationCodeableConcept'
    case 'Immunization':
      return 'vaccineCode'
    case 'Goal':
      return 'description'
    default:
      return 'code'
  }
}
