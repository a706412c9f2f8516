import type { z } from 'zod'
import { platformErrors } from '../errors/platform-errors.ts'
import type { DomainError, FieldError } from '../errors/problem.ts'
import { FORMATS, optionsAt, wordsAt } from './expected-words.ts'
import { errorsOfUnion } from './union-errors.ts'

type Issue = z.core.$ZodIssue
type Schema = z.core.$ZodType

/** The first of many is enough to mend a request; the list stays small whatever was sent. */
const MAX_FIELDS = 20

/** The parts of a request, as they are named to the caller: `body.name.family`, `query.limit`. */
export type RequestPart = 'params' | 'query' | 'body'

/** `invalid-request` that names each wrong field and what was expected there, never what came. */
export function invalidRequest(part: RequestPart, error: z.ZodError, schema?: Schema): DomainError {
  return platformErrors['invalid-request']({ fields: fieldErrors(part, error.issues, schema) })
}

/**
 * Issues of zod as field errors. Texts are made here: zod's own messages may quote the value. With the schema that found
 * the issues, a missing field is told by its format and a pattern by its description.
 */
export function fieldErrors(part: RequestPart, issues: readonly Issue[], schema?: Schema): FieldError[] {
  return issues.flatMap((issue) => errorsOf(part, issue, schema)).slice(0, MAX_FIELDS)
}

function errorsOf(at: string, issue: Issue, schema: Schema | undefined): readonly FieldError[] {
  const field = [at, ...issue.path.map(segment)].join('.')
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({ field: `${field}.${segment(key)}`, expected: 'not to be there' }))
  }
  if (issue.code === 'invalid_union' && issue.errors.length > 0) {
    const options = optionsAt(schema, issue.path)
    return errorsOfUnion(
      field,
      issue.errors.map((issues, index) => ({
        issues,
        errors: issues.flatMap((inner) => errorsOf(field, inner, options[index])),
      })),
    )
  }
  return [{ field, expected: expectation(issue, schema) }]
}

/** A key that the caller chose may itself be a value: only what looks like a field's name is repeated. */
const segment = (key: PropertyKey): string =>
  typeof key === 'number' || (typeof key === 'string' && /^[A-Za-z][A-Za-z0-9]{0,39}$/.test(key)) ? String(key) : '?'

/** Types as a caller reads them, in place of zod's names. */
const TYPES: Readonly<Record<string, string>> = {
  string: 'text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'an object',
  record: 'an object',
}

const UNITS: Readonly<Record<string, string>> = {
  string: 'character',
  array: 'item',
  set: 'item',
  file: 'byte',
}

function amount(origin: string, count: number | bigint): string {
  const unit = UNITS[origin]
  return unit === undefined ? String(count) : `${count} ${unit}${Number(count) === 1 ? '' : 's'}`
}

const oneOf = (values: readonly unknown[]): string =>
  values.length === 1 ? JSON.stringify(values[0]) : `one of ${values.map((value) => JSON.stringify(value)).join(', ')}`

function expectation(issue: Issue, schema: Schema | undefined): string {
  switch (issue.code) {
    case 'invalid_type':
      return wordsAt(schema, issue.path) ?? TYPES[issue.expected] ?? issue.expected
    case 'too_small':
      return `${issue.inclusive === false ? 'more than' : 'at least'} ${amount(issue.origin, issue.minimum)}`
    case 'too_big':
      return `${issue.inclusive === false ? 'less than' : 'at most'} ${amount(issue.origin, issue.maximum)}`
    case 'invalid_format':
      return FORMATS[issue.format] ?? wordsAt(schema, issue.path) ?? 'text of another form'
    case 'invalid_value':
      return oneOf(issue.values)
    case 'not_multiple_of':
      return `a multiple of ${issue.divisor}`
    case 'custom':
      return issue.message
    case 'invalid_union':
      return 'options' in issue && issue.options ? oneOf(issue.options) : 'another form'
    case 'unrecognized_keys':
      return 'no other fields'
    case 'invalid_key':
    case 'invalid_element':
      return 'a valid entry'
    default:
      return issue satisfies never
  }
}
