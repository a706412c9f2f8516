import type { z } from 'zod'
import type { FhirReader } from './fhir-reader.ts'

/** The value as a list of one when our schema takes it; otherwise each field that it refuses is noted, and the list is empty. */
export function checked<T extends z.ZodType>(reader: FhirReader, schema: T, value: unknown, at: string): z.output<T>[] {
  const parsed = schema.safeParse(value)
  if (parsed.success) return [parsed.data]
  for (const issue of parsed.error.issues) {
    const path = issue.path.map((part) => (typeof part === 'number' ? `[${part}]` : `.${String(part)}`)).join('')
    reader.refuse(`${at}${path}`, expectationOf(issue))
  }
  return []
}

/** Our own words: zod's may quote the value. */
function expectationOf(issue: z.core.$ZodIssue): string {
  if (issue.code === 'too_big') return `at most ${issue.maximum} ${issue.origin === 'array' ? 'items' : 'characters'}`
  if (issue.code === 'too_small')
    return `at least ${issue.minimum} ${issue.origin === 'array' ? 'items' : 'characters'}`
  return 'another form'
}
