/** A place in a resource that our schema refuses. Names fields and rules, never a value. */
export interface Refusal {
  readonly field: string
  readonly expected: string
}

type Fields = Readonly<Record<string, unknown>>

/** Reads fields of received JSON and collects what is not as FHIR says. Fields we do not know are left alone. */
export interface FhirReader {
  readonly refusals: readonly Refusal[]
  refuse(field: string, expected: string): void
  /** The text at a field, trimmed; undefined where there is none, or it is empty. */
  text(of: Fields, name: string, at: string): string | undefined
  /** The texts of a list; gaps that FHIR fills with extensions are left out. */
  texts(of: Fields, name: string, at: string): string[]
  /** The objects of a list, each with its own place. */
  objects(of: Fields, name: string, at: string): { value: Fields; at: string }[]
}

/** Starts a reading. `at` is the place of an object: empty for the resource itself. */
export function createFhirReader(): FhirReader {
  const refusals: Refusal[] = []
  const refuse = (field: string, expected: string): void => {
    refusals.push({ field, expected })
  }
  const list = (of: Fields, name: string, at: string): { value: unknown; at: string }[] => {
    const value = of[name]
    const place = placeOf(at, name)
    if (value === undefined || value === null) return []
    if (Array.isArray(value)) return value.map((item: unknown, index) => ({ value: item, at: `${place}[${index}]` }))
    refuse(place, 'a list')
    return []
  }
  const textOf = (value: unknown, at: string): string | undefined => {
    if (value === undefined || value === null) return undefined
    if (typeof value === 'string') return value.trim() || undefined
    refuse(at, 'text')
    return undefined
  }
  return {
    refusals,
    refuse,
    text: (of, name, at) => textOf(of[name], placeOf(at, name)),
    texts: (of, name, at) => list(of, name, at).flatMap((item) => textOf(item.value, item.at) ?? []),
    objects: (of, name, at) =>
      list(of, name, at).flatMap(({ value, at: place }) => {
        if (value === null) return []
        if (isFields(value)) return [{ value, at: place }]
        refuse(place, 'an object')
        return []
      }),
  }
}

/** Whether a value is a JSON object. */
export function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

const placeOf = (at: string, name: string): string => (at === '' ? name : `${at}.${name}`)
