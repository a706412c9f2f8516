import { branchesOf, valuesOf, type JsonSchema } from './json-schema.ts'

export type Rule =
  | 'route-removed'
  | 'method-changed'
  | 'path-changed'
  | 'answer-removed'
  | 'event-removed'
  | 'topic-changed'
  | 'key-changed'
  | 'protected-changed'
  | 'producer-changed'
  | 'reader-removed'
  | 'field-removed'
  | 'became-required'
  | 'became-optional'
  | 'type-changed'
  | 'narrowed'
  | 'widened'

/** One way in which a neighbour of the other version is harmed. */
export interface Violation {
  readonly at: string
  readonly rule: Rule
}

interface Direction {
  /** What a refused value means for the neighbour. */
  readonly refused: Rule
  readonly missing: Rule
  /** The last release's schema is the one that writes, or the one that reads. */
  readonly old: 'writer' | 'reader'
  /** Values and limits count too, not only fields and types. */
  readonly exact: boolean
}

/** An older neighbour writes, we read: nothing that it may send may be refused. */
export const READS_OLD: Direction = { refused: 'narrowed', missing: 'became-required', old: 'writer', exact: true }
/** We write, an older neighbour reads and validates: nothing may come that it refuses. New fields do no harm. */
export const WRITES_FOR_OLD: Direction = { refused: 'widened', missing: 'became-optional', old: 'reader', exact: true }
/** As above for callers, who do not validate: fields and types stay, new values may come. */
export const ANSWERS_OLD: Direction = { ...WRITES_FOR_OLD, exact: false }

/** Compares what is written with what is read; the violations, each with the place of the field. */
export function compareSchemas(writer: JsonSchema, reader: JsonSchema, at: string, direction: Direction): Violation[] {
  const readers = branchesOf(reader)
  return branchesOf(writer).flatMap((branch) => {
    const candidates = readers.map((one) => compareBranch(branch, one, at, direction))
    // The branch that fits best says best what changed.
    return candidates.toSorted((a, b) => weight(a) - weight(b))[0] ?? []
  })
}

const weight = (found: readonly Violation[]): number =>
  found.length + (found.some(({ rule }) => rule === 'type-changed') ? 1000 : 0)

function compareBranch(writer: JsonSchema, reader: JsonSchema, at: string, direction: Direction): Violation[] {
  if (!sameType(writer, reader) || (!direction.exact && !sameFormat(writer, reader)))
    return [{ at, rule: 'type-changed' }]
  const found: Violation[] = []
  // The literal that tells the branches of a union apart is its type, whoever reads it.
  const [written, known] = [valuesOf(writer), valuesOf(reader)]
  const told = 'const' in writer || 'const' in reader
  if (known && !written?.every((value) => known.includes(value)) && (direction.exact || told)) {
    found.push({ at, rule: direction.refused })
  }
  if (direction.exact && !withinLimits(writer, reader)) found.push({ at, rule: direction.refused })
  if (writer.items && reader.items) found.push(...compareSchemas(writer.items, reader.items, `${at}[]`, direction))
  if (reader.type === 'object') found.push(...compareObjects(writer, reader, at, direction))
  return found
}

function sameType(writer: JsonSchema, reader: JsonSchema): boolean {
  return (
    reader.type === undefined || writer.type === reader.type || (writer.type === 'integer' && reader.type === 'number')
  )
}

/** A text of another format is another type to who parses it: a date, a UUID. */
function sameFormat(writer: JsonSchema, reader: JsonSchema): boolean {
  return reader.format === undefined || writer.format === reader.format || valuesOf(writer) !== undefined
}

function compareObjects(writer: JsonSchema, reader: JsonSchema, at: string, direction: Direction): Violation[] {
  const found: Violation[] = []
  const [written, known] = [writer.properties ?? {}, reader.properties ?? {}]
  const before = direction.old === 'writer' ? written : known
  const after = direction.old === 'writer' ? known : written
  for (const name of Object.keys(before)) {
    if (!(name in after)) found.push({ at: `${at}.${name}`, rule: 'field-removed' })
  }
  for (const name of reader.required ?? []) {
    const gone = name in before && !(name in after)
    if (!gone && !writer.required?.includes(name)) found.push({ at: `${at}.${name}`, rule: direction.missing })
  }
  for (const [name, schema] of Object.entries(written)) {
    const other = known[name]
    if (other) found.push(...compareSchemas(schema, other, `${at}.${name}`, direction))
  }
  if (direction.exact && isStricter(reader, writer, direction)) found.push({ at, rule: direction.refused })
  found.push(...compareEntries(writer, reader, at, direction))
  return found
}

/** Whether the reader refuses fields that it does not know, though the writer may send such. */
function isStricter(reader: JsonSchema, writer: JsonSchema, { old }: Direction): boolean {
  if (reader.additionalProperties !== false) return false
  const known = reader.properties ?? {}
  // Fields that an old writer sends and we no longer know are named one by one.
  const isNew = old === 'reader' && Object.keys(writer.properties ?? {}).some((name) => !(name in known))
  return isNew || writer.additionalProperties !== false
}

/** Maps, whose values have one schema; an object that became a map, or the other way round, changed its type. */
function compareEntries(writer: JsonSchema, reader: JsonSchema, at: string, direction: Direction): Violation[] {
  const [from, to] = [entriesOf(writer), entriesOf(reader)]
  if (!from && !to) return []
  if (!from || !to) return [{ at, rule: 'type-changed' }]
  const names = writer.propertyNames && reader.propertyNames
  return [
    ...compareSchemas(from, to, `${at}{}`, direction),
    ...(names ? compareSchemas(writer.propertyNames, reader.propertyNames ?? {}, `${at}{}`, direction) : []),
  ]
}

const entriesOf = ({ properties, additionalProperties }: JsonSchema): JsonSchema | undefined =>
  properties === undefined && typeof additionalProperties === 'object' ? additionalProperties : undefined

const UPPER = ['maxLength', 'maximum', 'exclusiveMaximum', 'maxItems'] as const
const LOWER = ['minLength', 'minimum', 'exclusiveMinimum', 'minItems'] as const

function withinLimits(writer: JsonSchema, reader: JsonSchema): boolean {
  if (writer.type === 'null') return true
  const values = valuesOf(writer)
  const fits = (pattern: string): boolean =>
    writer.pattern === pattern || (values?.every((value) => new RegExp(pattern).test(String(value))) ?? false)
  return (
    UPPER.every((limit) => reader[limit] === undefined || (writer[limit] ?? Infinity) <= reader[limit]) &&
    LOWER.every((limit) => reader[limit] === undefined || (writer[limit] ?? -Infinity) >= reader[limit]) &&
    (reader.pattern === undefined || fits(reader.pattern)) &&
    sameFormat(writer, reader)
  )
}
