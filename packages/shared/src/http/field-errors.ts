import type { z } from 'zod'
import { platformErrors } from '../errors/platform-errors.ts'
import type { DomainError, FieldError } from '../errors/problem.ts'

type Issue = z.core.$ZodIssue

/** The first of many is enough to mend a request; the list stays small whatever was sent. */
const MAX_FIELDS = 20

/** The parts of a request, as they are named to the caller: `body.name.family`, `query.limit`. */
export type RequestPart = 'params' | 'query' | 'body'

/** `invalid-request` that names each wrong field and what was expected there, never what came. */
export function invalidRequest(part: RequestPart, error: z.ZodError): DomainError {
  return platformErrors['invalid-request']({ fields: fieldErrors(part, error.issues) })
}

/** Issues of zod as field errors. Texts are made here: zod's own messages may quote the value. */
export function fieldErrors(part: RequestPart, issues: readonly Issue[]): FieldError[] {
  return issues.flatMap((issue) => errorsOf(part, issue)).slice(0, MAX_FIELDS)
}

function errorsOf(part: string, issue: Issue): FieldError[] {
  const field = [part, ...issue.path.map(segment)].join('.')
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({ field: `${field}.${segment(key)}`, expected: 'no such field' }))
  }
  if (issue.code === 'invalid_union' && issue.errors.length > 0) {
    const forms = issue.errors.flatMap((branch) => branch.slice(0, 1).map(expectation))
    return [{ field, expected: [...new Set(forms)].slice(0, 5).join(', or ') }]
  }
  return [{ field, expected: expectation(issue) }]
}

/** A key that the caller chose may itself be a value: only what looks like a field's name is repeated. */
const segment = (key: PropertyKey): string =>
  typeof key === 'number' || (typeof key === 'string' && /^[A-Za-z][A-Za-z0-9]{0,39}$/.test(key)) ? String(key) : '?'

const FORMATS: Readonly<Record<string, string>> = {
  uuid: 'a UUID',
  email: 'an e-mail address',
  date: 'a date, YYYY-MM-DD',
  datetime: 'a time with offset, such as 2026-11-23T09:30:00Z',
  url: 'a URL',
}

const UNITS: Readonly<Record<string, string>> = {
  string: ' characters',
  array: ' items',
  set: ' items',
  file: ' bytes',
}

function expectation(issue: Issue): string {
  switch (issue.code) {
    case 'invalid_type':
      return issue.expected
    case 'too_small':
      return `${issue.inclusive === false ? 'more than' : 'at least'} ${issue.minimum}${UNITS[issue.origin] ?? ''}`
    case 'too_big':
      return `${issue.inclusive === false ? 'less than' : 'at most'} ${issue.maximum}${UNITS[issue.origin] ?? ''}`
    case 'invalid_format':
      return FORMATS[issue.format] ?? (issue.pattern ? `text of the form ${issue.pattern}` : `a valid ${issue.format}`)
    case 'invalid_value':
      return issue.values.length === 1
        ? JSON.stringify(issue.values[0])
        : `one of ${issue.values.map((value) => JSON.stringify(value)).join(', ')}`
    case 'not_multiple_of':
      return `a multiple of ${issue.divisor}`
    case 'custom':
      return issue.message
    case 'invalid_union':
      return 'another form'
    case 'unrecognized_keys':
      return 'no other fields'
    case 'invalid_key':
    case 'invalid_element':
      return 'a valid entry'
    default:
      return issue satisfies never
  }
}
