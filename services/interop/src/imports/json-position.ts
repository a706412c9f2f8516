export interface JsonPosition {
  /** UTF-16 units from the start. */
  readonly offset: number
  readonly line: number
  readonly column: number
}

const SPACE = /[ \t\n\r]*/y
// A string with its quotes: no control characters, only the escapes of RFC 8259.
// oxlint-disable-next-line no-control-regex -- control characters are what the grammar excludes
const STRING = /"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/y
const SCALAR = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null/y

/**
 * Where a text stops being JSON (RFC 8259); undefined where it is JSON. The parser's own message quotes the text around
 * the error, which may be about a patient, and does not always say where it is. Takes any depth.
 */
export function findJsonError(text: string): JsonPosition | undefined {
  let at = 0
  const closers: ('}' | ']')[] = []
  const take = (pattern: RegExp): boolean => {
    pattern.lastIndex = at
    const found = pattern.test(text)
    if (found) at = pattern.lastIndex
    return found
  }
  const takeChar = (char: string): boolean => {
    take(SPACE)
    if (text[at] !== char) return false
    at += 1
    return true
  }
  const takeName = (): boolean => (take(SPACE), take(STRING)) && takeChar(':')
  const fail = (): JsonPosition => positionOf(text, at)

  for (;;) {
    // Here a value begins.
    if (takeChar('{')) {
      if (!takeChar('}')) {
        if (!takeName()) return fail()
        closers.push('}')
        continue
      }
    } else if (takeChar('[')) {
      if (!takeChar(']')) {
        closers.push(']')
        continue
      }
    } else if (!take(STRING) && !take(SCALAR)) return fail()
    // Here a value has ended.
    while (closers.length > 0 && takeChar(closers.at(-1) ?? '')) closers.pop()
    if (closers.length === 0) {
      take(SPACE)
      return at === text.length ? undefined : fail()
    }
    if (!takeChar(',')) return fail()
    if (closers.at(-1) === '}' && !takeName()) return fail()
  }
}

function positionOf(text: string, offset: number): JsonPosition {
  const before = text.slice(0, offset)
  const line = before.split('\n').length
  return { offset, line, column: offset - (before.lastIndexOf('\n') + 1) + 1 }
}
