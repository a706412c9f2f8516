import { isDeepStrictEqual } from 'node:util'
import type { z } from 'zod'
import type { FieldError } from '../errors/problem.ts'

/** What one alternative of a union said: zod's issues, and the same as field errors. */
export interface Alternative {
  readonly issues: readonly z.core.$ZodIssue[]
  readonly errors: readonly FieldError[]
}

/**
 * The errors of the alternative that was meant, as far as what came tells; else one error at `field` that says what each
 * alternative asks for.
 */
export function errorsOfUnion(field: string, alternatives: readonly Alternative[]): readonly FieldError[] {
  if (alternatives.every(({ errors }) => errors.every((error) => error.field === field))) {
    return [{ field, expected: anyOf(alternatives.flatMap(({ errors }) => errors.slice(0, 1).map(expectedOf))) }]
  }
  // Keys that an alternative does not know say most about whether it was meant.
  const fewest = Math.min(...alternatives.map(unknownKeys))
  const fitting = alternatives.filter((alternative) => unknownKeys(alternative) === fewest)
  const [best] = fitting.toSorted((a, b) => a.errors.length - b.errors.length)
  if (!best || fitting.length === 1 || fewest > 0) return best?.errors ?? []

  const isShared = (error: FieldError): boolean =>
    fitting.every(({ errors }) => errors.some((other) => isDeepStrictEqual(other, error)))
  const asked = fitting.map(({ errors }) => errors.filter((error) => !isShared(error)))
  if (asked.some((errors) => errors.length === 0)) return best.errors
  const forms = asked.map((errors) => all(errors.map((error) => error.field.slice(field.length + 1))))
  return [...best.errors.filter(isShared), { field, expected: anyOf(forms) }]
}

const expectedOf = ({ expected }: FieldError): string => expected

const unknownKeys = ({ issues }: Alternative): number =>
  issues.reduce((sum, issue) => sum + (issue.code === 'unrecognized_keys' ? issue.keys.length : 0), 0)

const anyOf = (forms: readonly string[]): string => [...new Set(forms)].slice(0, 5).join(', or ')

const all = (names: readonly string[]): string =>
  names.length < 2 ? names.join('') : `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`
