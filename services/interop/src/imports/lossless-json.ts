/** A number that keeps its source text (`7.10`), from the JSON.parse source text access proposal, in Node since 22. */
interface RawJson {
  readonly rawJSON: string
}

const sourceText = JSON as unknown as {
  rawJSON(text: string): RawJson
  isRawJSON(value: unknown): value is RawJson
  parse(text: string, reviver: (key: string, value: unknown, context: { source?: string }) => unknown): unknown
}

/** Objects of a parsed document. A `__proto__` key is data like any other: read by Object.entries, never assigned. */
export type JsonObject = Readonly<Record<string, unknown>>

/** Parses JSON and keeps how numbers were written; JSON.stringify writes them so again. @throws SyntaxError */
export function parseLossless(text: string): unknown {
  return sourceText.parse(text, (_, value, { source }) =>
    typeof value === 'number' && source !== undefined ? sourceText.rawJSON(source) : value,
  )
}

/** Whether a value is an object of the document, not an array or a kept number. */
export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !sourceText.isRawJSON(value)
}

/** An own property; what lies on the prototype is not part of a document. */
export function own(value: JsonObject, name: string): unknown {
  return Object.hasOwn(value, name) ? value[name] : undefined
}

/** JSON text that does not depend on white space or the order of keys. Numbers as written: `1.0` is not `1.00`. */
export function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`
  if (!isObject(value)) return JSON.stringify(value)
  const members = Object.keys(value)
    .toSorted((a, b) => (a < b ? -1 : 1))
    .map((key) => `${JSON.stringify(key)}:${canonicalJson(own(value, key))}`)
  return `{${members.join(',')}}`
}

/** How deep brackets are nested in JSON text, without parsing it: recursive readers have a limit. */
export function depthOf(text: string): number {
  let depth = 0
  let deepest = 0
  let inString = false
  for (let at = 0; at < text.length; at++) {
    const char = text.charCodeAt(at)
    if (inString) {
      if (char === 0x5c) at += 1
      else if (char === 0x22) inString = false
    } else if (char === 0x22) inString = true
    else if (char === 0x7b || char === 0x5b) deepest = Math.max(deepest, ++depth)
    else if (char === 0x7d || char === 0x5d) depth -= 1
  }
  return deepest
}
