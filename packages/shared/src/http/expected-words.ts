import type { z } from 'zod'

type Schema = z.core.$ZodType
type Path = readonly PropertyKey[]

/** What a format is called to the caller. */
export const FORMATS: Readonly<Record<string, string>> = {
  uuid: 'a UUID',
  email: 'an e-mail address',
  date: 'a date, YYYY-MM-DD',
  datetime: 'a time with offset (RFC 3339), such as 2026-11-23T09:30:00Z',
  url: 'a URL',
  safeint: 'a whole number',
}

/**
 * What the schema itself says of the value at a path: its format or, for a pattern, its description. An issue alone knows
 * neither where the value is missing. Undefined where the schema says no more than a type.
 */
export function wordsAt(schema: Schema | undefined, path: Path): string | undefined {
  const words = new Set(schemasAt(schema, path).map(wordsOf))
  return words.size === 1 ? [...words][0] : undefined
}

/** The alternatives of the union at a path, in order; none where the schema is not known. */
export function optionsAt(schema: Schema | undefined, path: Path): readonly Schema[] {
  const [found, ...more] = schemasAt(schema, path)
  if (!found || more.length > 0) return []
  const def = defOf(found)
  return def.type === 'union' ? def.options : []
}

/** The schemas at a path: more than one below alternatives, and none where the path leads out of the schema. */
function schemasAt(schema: Schema | undefined, path: Path): Schema[] {
  if (!schema) return []
  const def = defOf(schema)
  const [key, ...rest] = path
  const inner = innerOf(schema)
  if (inner) return schemasAt(inner, path)
  if (key === undefined) return [schema]
  if (def.type === 'union') return def.options.flatMap((option) => schemasAt(option, path))
  if (def.type === 'object') {
    return Object.hasOwn(def.shape, key) ? schemasAt(def.shape[key as string], rest) : []
  }
  if (def.type === 'array') return schemasAt(def.element, rest)
  if (def.type === 'record') return schemasAt(def.valueType, rest)
  return []
}

/** The schema that a wrapper, such as `optional`, is around. */
function innerOf(schema: Schema): Schema | undefined {
  const def = defOf(schema)
  if (def.type === 'pipe') return def.in
  return 'innerType' in def ? def.innerType : undefined
}

function wordsOf(schema: Schema): string | undefined {
  const { type } = defOf(schema)
  if (type !== 'string' && type !== 'number') return undefined
  const { format, description } = schema as z.ZodString | z.ZodNumber
  return format === 'regex' ? uncapitalized(description) : FORMATS[format ?? '']
}

/** As one of the kinds that zod has, which its own type of a schema does not say. */
const defOf = (schema: Schema) => (schema as z.ZodType).def as z.core.$ZodTypes['_zod']['def']

/** A description as part of a sentence; one that begins with an abbreviation keeps it. */
const uncapitalized = (text: string | undefined): string | undefined =>
  text?.replace(/^[A-Z](?![A-Z])/, (letter) => letter.toLowerCase())
