import type { JsonSchema } from './json-schema.ts'
import { branchesOf } from './json-schema.ts'

export const UNKNOWN = 'fromTheFuture'

/** Adds a field that nobody knows to every object of a value, as a newer neighbour might; maps are left as they are. */
export function fromTheFuture(value: unknown, schema: JsonSchema): unknown {
  if (Array.isArray(value)) {
    const items = branchesOf(schema).find((branch) => branch.items)?.items ?? {}
    return value.map((item) => fromTheFuture(item, items))
  }
  if (!isObject(value)) return value
  const branches = branchesOf(schema).filter((one) =>
    Object.keys(value).every((name) => name in (one.properties ?? {})),
  )
  const fields = branches[0]?.properties
  if (!fields) return value
  const known = Object.entries(value).map(([name, part]) => [name, fromTheFuture(part, fields[name] ?? {})])
  return { ...Object.fromEntries(known), [UNKNOWN]: { since: 'the next version', list: [1, null] } }
}

/** The places of a value that {@link fromTheFuture} has added to. */
export function placesOf(value: unknown, at = ''): string[] {
  if (Array.isArray(value)) return value.flatMap((item, index) => placesOf(item, `${at}[${index}]`))
  if (!isObject(value)) return []
  const { [UNKNOWN]: added, ...known } = value
  const inside = Object.entries(known).flatMap(([name, part]) => placesOf(part, `${at}.${name}`))
  return added === undefined ? inside : [at || '(root)', ...inside]
}

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null
