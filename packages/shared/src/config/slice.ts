import type { z } from 'zod'

/** Environment variables of one capability: name -> schema of the text, with a description of what is expected. */
export type Slice = Readonly<Record<string, z.ZodType>>

/** Declares a slice, keeping its literal types. Give each schema a `.describe()`: it is the documentation. */
export const defineSlice = <const S extends Slice>(slice: S): S => slice

type UnionToIntersection<U> = (U extends unknown ? (x: U) => void : never) extends (x: infer I) => void ? I : never
type ConfigOfSlice<S extends Slice> = { [K in keyof S]: z.infer<S[K]> }
export type ConfigOf<L extends readonly Slice[]> = UnionToIntersection<ConfigOfSlice<L[number]>>

/** Variables that are wrong, one line each. Lines name the variable and what was expected, never its value. */
export class ConfigError extends Error {
  readonly lines: readonly string[]

  constructor(lines: readonly string[]) {
    super(`The configuration is not valid:\n${lines.map((line) => `  ${line}`).join('\n')}`)
    this.name = 'ConfigError'
    this.lines = lines
  }
}

const OUR_PREFIX = 'WELLGATE_'

/**
 * Reads the slices from an environment. All problems are reported at once, unknown `WELLGATE_` variables included
 * (a typo would otherwise leave a default in force unnoticed). A blank value counts as missing.
 * @throws ConfigError
 */
export function readConfig<const L extends readonly Slice[]>(
  slices: L,
  env: Readonly<Record<string, string | undefined>>,
  known: readonly string[] = [],
): ConfigOf<L> {
  const schemas = Object.assign({}, ...slices) as Record<string, z.ZodType>
  const lines: string[] = []
  const values: Record<string, unknown> = {}
  for (const [name, schema] of Object.entries(schemas)) {
    const text = env[name]?.trim() === '' ? undefined : env[name]
    const result = schema.safeParse(text)
    if (result.success) values[name] = result.data
    else
      lines.push(
        `${name} ${text === undefined ? 'is missing' : 'is not valid'}: expected ${describe(schema)} ${see(name)}`,
      )
  }
  const names = new Set([...Object.keys(schemas), ...known])
  for (const name of Object.keys(env)) {
    if (name.startsWith(OUR_PREFIX) && !names.has(name)) lines.push(`${name} is not known here${nearest(name, names)}`)
  }
  if (lines.length > 0) throw new ConfigError(lines)
  return values as ConfigOf<L>
}

function describe(schema: z.ZodType): string {
  return schema.description ?? 'another value'
}

const see = (name: string) => `(docs/environment.md#${name.toLowerCase()})`

/** Names the closest known variable, if it is close enough to be a typo. */
function nearest(name: string, names: ReadonlySet<string>): string {
  const ranked = [...names]
    .map((known) => ({ known, distance: editDistance(name, known) }))
    .toSorted((a, b) => a.distance - b.distance)
  const best = ranked[0]
  return best && best.distance <= typosIn(best.known)
    ? `: probably a typo of ${best.known} ${see(best.known)}`
    : ` ${see('variables')}`
}

/** Letters that may differ: of a short name few, or any would do. */
const typosIn = (name: string): number => Math.min(4, Math.max(2, Math.round((name.length - OUR_PREFIX.length) / 3)))

/** Levenshtein distance, by the two-row method (Wagner and Fischer, 1974). */
function editDistance(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, index) => index)
  for (let i = 1; i <= a.length; i++) {
    const current = [i]
    for (let j = 1; j <= b.length; j++) {
      const substitution = (previous[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1)
      current[j] = Math.min(substitution, (previous[j] ?? 0) + 1, (current[j - 1] ?? 0) + 1)
    }
    previous = current
  }
  return previous[b.length] ?? 0
}
