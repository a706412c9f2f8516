import type { z } from 'zod'
import type { ClinicalType } from '@wellgate/shared/contracts/interop/import-result'
import { SCHEMAS } from './fhir-schemas.ts'
import type { Part } from './fhir.ts'

export type Checked = { readonly ok: true; readonly resource: Part } | { readonly ok: false; readonly detail: string }

/** Enough to mend a resource by; it may be wrong in thousands of places. */
const MAX_PROBLEMS = 5
/** An escaped NUL in JSON text: its backslash is not itself escaped. */
const ESCAPED_NUL = /(?<!\\)(?:\\\\)*\\u0000/

/** Checks what the chart rests on; the detail of a refusal names fields and rules, never a value. */
export function checkResource(type: ClinicalType, json: string): Checked {
  if (ESCAPED_NUL.test(json)) return { ok: false, detail: 'expected text without NUL characters' }
  let resource: unknown
  try {
    resource = JSON.parse(json)
  } catch {
    return { ok: false, detail: 'expected JSON' }
  }
  const { error } = SCHEMAS[type].safeParse(resource)
  if (!error) return { ok: true, resource: resource as Part }
  const problems = [...new Set(error.issues.map(problemOf))]
  const more = problems.length - MAX_PROBLEMS
  return {
    ok: false,
    detail: [...problems.slice(0, MAX_PROBLEMS), ...(more > 0 ? [`and ${more} more`] : [])].join('; '),
  }
}

// Paths are made of names that our schemas know and of positions, so they hold nothing of the patient.
const problemOf = (issue: z.core.$ZodIssue): string => `${pathOf(issue.path)}: expected ${expectedOf(issue)}`

const pathOf = (path: readonly PropertyKey[]): string =>
  path
    .map((key) => (typeof key === 'number' ? `[${key}]` : `.${String(key)}`))
    .join('')
    .replace(/^\./, '') || 'resource'

function expectedOf(issue: z.core.$ZodIssue): string {
  switch (issue.code) {
    case 'invalid_value':
      return issue.values.length === 1 ? String(issue.values[0]) : `one of ${issue.values.join(', ')}`
    case 'invalid_type':
      return issue.expected === 'string' ? 'text' : issue.expected
    case 'invalid_union':
      return 'a code or a CodeableConcept'
    default:
      return issue.code === 'custom' ? issue.message : 'what FHIR R4 says'
  }
}
